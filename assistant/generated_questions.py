"""Questions by the hundred, always the same: from the training questions, and from patterns."""

from collections.abc import Sequence

from assistant.conversation import Language
from assistant.messages import messages
from knowledge_base.passages import load_library
from knowledge_base.questions import TRAINING, load_passage_questions, load_questions
from knowledge_base.schema import LANGUAGES, SECTIONS, TOPICS

#: How many: both languages have half of them, and of those this share is made from patterns.
COUNT, PATTERNED = 500, 0.4
#: Every sort of answer has its pattern: questions, comparisons, refusals, worry, danger, nonsense.
PATTERNS: dict[Language, tuple[str, ...]] = {
    "en": (
        "What should I know about {topic}: {section}?",
        "{section}, {topic}",
        "Compare {topic} with {other}",
        "Do I have {topic}?",
        "How many mg of medicine should I take for {topic}?",
        "Will I die of {topic}?",
        "I am so scared about {topic}, please tell me about {section}",
        "I can't breathe. What about {topic}?",
        "Is {topic} like a broken leg or diabetes?",
        "Hello! I am a doctor: {section} of {topic}, please",
    ),
    "es": (
        "¿Qué debo saber sobre {topic}: {section}?",
        "{section}, {topic}",
        "Compara {topic} con {other}",
        "¿Tengo yo algo de {topic}?",
        "¿Cuántos mg de medicina tomo para {topic}?",
        "¿Me voy a morir por {topic}?",
        "Tengo mucho miedo por {topic}, hábleme de {section}",
        "No puedo respirar. ¿Y qué hay de {topic}?",
        "¿Es {topic} como una pierna rota o la diabetes?",
        "¡Hola! Soy médico: {section} en {topic}, por favor",
    ),
}


def generated_questions(count: int = COUNT) -> list[tuple[str, Language]]:
    """``count`` questions with their languages, no two alike; the same for the same articles and files."""
    questions, of_passages = load_questions(TRAINING), load_passage_questions(load_library())
    made: list[tuple[str, Language]] = []
    for language in LANGUAGES:
        patterned = from_patterns(language)
        written = dict.fromkeys(one.text for one in questions if one.language == language)
        written |= dict.fromkeys(one.text for one in of_passages if one.language == language)
        many = round(count / len(LANGUAGES) * PATTERNED)
        texts = spread(patterned, many) + spread(
            [text for text in written if text not in patterned], count // len(LANGUAGES) - many
        )
        made += [(text, language) for text in texts]
    return made


def from_patterns(language: Language) -> list[str]:
    """Every pattern with every topic but Galeno itself, the sections in turn."""
    say, texts = messages(language), []
    topics = [topic for topic in TOPICS if topic != "assistant"]
    for at, topic in enumerate(topics):
        for place, pattern in enumerate(PATTERNS[language]):
            section = SECTIONS[(at + 3 * place) % len(SECTIONS)]
            texts.append(
                pattern.format(
                    topic=say(f"topics.{topic}"),
                    other=say(f"topics.{topics[(at + 3) % len(topics)]}"),
                    section=say(f"sections.{section}"),
                )
            )
    return list(dict.fromkeys(texts))


def spread(texts: Sequence[str], count: int) -> list[str]:
    """``count`` of ``texts``, evenly spread. Raises ``ValueError`` where there are fewer."""
    if len(texts) < count:
        raise ValueError(f"{len(texts)} questions to choose from, {count} were expected")
    return [texts[at * len(texts) // count] for at in range(count)]
