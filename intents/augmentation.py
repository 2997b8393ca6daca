"""More of the same: each utterance again with typos, without accents, with an opening, of another topic.

The topic of a question should not tell its intent, so its name is put in the place of another's; and the
same question about a disease outside the scope becomes an ``offtopic_medical`` one.
"""

import random
import re
from collections.abc import Iterator, Sequence

from intents.examples import Example
from intents.folding import plain

#: Names that fit the same place of a sentence (number, gender), by language and group.
_TOPICS: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (
        ("meningioma", "glioma", "pituitary tumor", "brain tumor", "pituitary adenoma", "glioblastoma",
         "prolactinoma", "astrocytoma", "brain tumour"),
        ("meningiomas", "gliomas", "pituitary tumors", "brain tumors", "pituitary adenomas"),
        ("pneumonia", "bacterial pneumonia", "viral pneumonia", "covid", "covid-19", "covid pneumonia",
         "pneumococcal pneumonia"),
    ),
    "es": (
        ("meningioma", "glioma", "tumor de hipófisis", "tumor cerebral", "adenoma hipofisario",
         "glioblastoma", "tumor hipofisario", "prolactinoma", "astrocitoma", "tumor pituitario"),
        ("meningiomas", "gliomas", "tumores de hipófisis", "tumores cerebrales", "adenomas hipofisarios"),
        ("neumonía", "neumonía bacteriana", "neumonía viral", "neumonía por covid", "neumonía vírica"),
    ),
}  # fmt: skip
#: Diseases Galeno does not know, for the groups above.
_ELSEWHERE: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (
        ("heart attack", "kidney stone", "hernia", "stomach ulcer", "breast tumor", "colon cancer",
         "thyroid nodule", "prostate cancer", "skin cancer", "stroke", "lung cancer"),
        ("kidney stones", "hernias", "stomach ulcers", "skin cancers", "gallstones", "breast cysts"),
        ("diabetes", "asthma", "arthritis", "hepatitis", "migraine", "tuberculosis", "depression",
         "gastritis", "anemia", "high blood pressure", "bronchitis", "epilepsy", "breast cancer",
         "leukemia", "malaria", "osteoporosis", "alzheimer's", "multiple sclerosis"),
    ),
    "es": (
        ("infarto", "cáncer de mama", "cáncer de colon", "ictus", "lupus", "párkinson", "hipotiroidismo",
         "cáncer de próstata", "alzhéimer", "cáncer de pulmón", "melanoma"),
        ("cálculos renales", "quistes de ovario", "infartos", "lunares", "miomas"),
        ("diabetes", "migraña", "artritis", "hepatitis", "gastritis", "tuberculosis", "anemia",
         "hipertensión", "depresión", "apendicitis", "epilepsia", "bronquitis", "leucemia", "malaria",
         "osteoporosis", "esclerosis múltiple"),
    ),
}  # fmt: skip
_OPENINGS = {
    "en": ("please, {}", "can you tell me: {}", "hi, {}", "I have a question: {}", "sorry, {}", "{} please",
           "doctor, {}", "one more thing, {}", "hello, I wanted to ask, {}"),
    "es": ("por favor, {}", "dime, {}", "hola, {}", "una pregunta: {}", "perdón, {}", "{} por favor",
           "doctor, {}", "otra cosa, {}", "buenas, quería saber {}"),
}  # fmt: skip
_KEYS = "abcdefghijklmnopqrstuvwxyz"
#: A topic in these is what tells them apart from others, so it stays.
_FIXED = {"offtopic", "offtopic_medical", "fallback", "web_search", "greeting", "thanks", "goodbye"}


def augment(examples: Sequence[Example], seed: int) -> list[Example]:
    """``examples`` and their variants; the same for the same ``seed``."""
    chance = random.Random(seed)
    varied = [variant for example in examples for variant in _variants(example, chance)]
    return varied + [
        nonsense for language in ("en", "es") for nonsense in _nonsense(examples, language, chance)
    ]


def typo(text: str, chance: random.Random) -> str:
    """``text`` with a letter of a longer word dropped, doubled, swapped with its neighbour or changed."""
    places = [
        place for word in re.finditer(r"[^\W\d_]{4,}", text) for place in range(word.start(), word.end() - 1)
    ]
    if not places:
        return text
    place = chance.choice(places)
    before, here, after = text[:place], text[place], text[place + 1 :]
    return chance.choice(
        (before + after, before + here * 2 + after, before + after[0] + here + after[1:],
         before + chance.choice(_KEYS) + after)
    )  # fmt: skip


def _nonsense(examples: Sequence[Example], language: str, chance: random.Random) -> Iterator[Example]:
    """Word salads, broken-off questions and runs of keys, one of each for every twenty-five ``examples``."""
    texts = [example.text for example in examples if example.language == language]
    words = [word for text in texts for word in re.findall(r"[^\W\d_]+", text)]
    for _ in range(len(texts) // 25):
        yield Example(" ".join(chance.sample(words, chance.randint(3, 6))).lower(), "fallback", language)
        yield Example("".join(chance.choices(_KEYS, k=chance.randint(3, 12))), "fallback", language)
        begun = [text for text in (_broken_off(each) for each in chance.sample(texts, 10)) if text]
        yield from (Example(text, "fallback", language) for text in begun[:1])


def _broken_off(text: str) -> str | None:
    """The beginning of ``text`` up to an article or a preposition, where there is one."""
    found = re.match(
        r"[¿¡]?(?:\w+ ){0,3}?(?:the|a|of|with|in|el|la|los|un|una|de|con|en|que)(?= )", text, re.I
    )
    return found[0] if found else None


def _variants(example: Example, chance: random.Random) -> Iterator[Example]:
    def same(text: str) -> Example:
        return Example(text, example.intent, example.language)

    yield example
    yield same(plain(example.text).strip("¿?¡!. "))
    yield same(typo(plain(example.text) if chance.random() < 0.5 else example.text, chance))
    if example.intent in _FIXED:
        return
    if chance.random() < 0.5:
        yield same(chance.choice(_OPENINGS[example.language]).format(example.text))
    others = _with_names(example, _TOPICS, chance, 3)
    yield from (same(text if chance.random() < 0.5 else plain(text)) for text in others)
    if example.intent.startswith("ask_") and chance.random() < 0.35:
        for text in _with_names(example, _ELSEWHERE, chance, 1):
            yield Example(text, "offtopic_medical", example.language)


def _with_names(
    example: Example, names: dict[str, tuple[tuple[str, ...], ...]], chance: random.Random, count: int
) -> list[str]:
    """The utterance with the first topic it names put in the place of up to ``count`` others."""
    lowered = plain(example.text)
    found = None
    for group, known in enumerate(_TOPICS[example.language]):
        for name in known:
            hit = re.search(rf"\b{re.escape(plain(name))}\b", lowered)
            if hit and (found is None or hit.end() - hit.start() > found[1] - found[0]):
                found = (hit.start(), hit.end(), group)
    if found is None:
        return []
    start, end, group = found
    current = plain(example.text[start:end])
    choices = [name for name in names[example.language][group] if plain(name) != current]
    picked = chance.sample(choices, min(count, len(choices)))
    return [example.text[:start] + name + example.text[end:] for name in picked]
