"""What a short text means in the light of what was said before. Pure."""

import re
from dataclasses import dataclass, replace

from assistant.conversation import Conversation
from intents.folding import fold
from intents.prediction import IntentPrediction
from knowledge_base.evidence import EXAMS
from knowledge_base.mentions import (
    exam_of,
    mentioned_sections,
    names_another_part,
    names_nothing_but_topics,
    says_not_of_what,
)
from vision_models.analysis import Analysis

#: A text of at most this many words without a topic of its own leans on the last one, and so does a longer
#: one that has a pronoun for it or begins as what goes on does. Others do loosely.
SHORT = 8
_AND = r"y|e|and|what about|how about|que tal|que hay de|entonces|so|then|pero|but|also|tambien"
_GOES_ON = re.compile(rf"^(?:{_AND}|del?|of|the)\b")
_LEANS = re.compile(rf"^(?:{_AND})\b|\b(?:it|its|them|they|eso|esto|ello)\b")
#: Sections that are asked of an examination rather than of the disease it is to show.
OF_EXAMS = frozenset({"limitations", "how_it_works", "preparation", "risks"})
#: Words that say which finding is meant when its map is asked for.
_FINDING_WORDS = {
    "bacterial_pneumonia": r"bacteri\w+",
    "viral_pneumonia": r"vir(?:al|ica|us)\w*",
    "covid19": r"covid\w*|coronavirus",
    "glioma": r"gliom\w+|glioblastom\w+",
    "meningioma": r"meningiom\w+",
    "pituitary_tumor": r"pituitar\w+|hipofis\w+|hipofisar\w+",
    "no_tumor": r"no tumou?r|sin tumor|healthy|sano",
    "normal": r"normal",
    "pneumonia": r"pneumonia|neumonia",
}
#: Words that say which of several images is meant, by its place; -1 is the last, -2 the one before it.
_PLACES = {
    0: r"first|1st|primer[ao]?",
    1: r"second|2nd|segund[ao]",
    2: r"third|3rd|tercer[ao]?",
    3: r"fourth|4th|cuart[ao]",
    -2: r"previous|earlier|before|anterior|previ[ao]",
    -1: r"last|latest|newest|ultim[ao]",
}
_NUMBERED = re.compile(r"\b(?:image|picture|scan|imagen|foto|placa|number|numero) (\d)\b")
#: "The second finding" is none of the images.
_OF_A_FINDING = re.compile(r"\b(?:finding|hallazgo|diagnosis|diagnostico|probability|probabilidad)\b")
#: What asks how something looks, and not what a word of the report means.
_SHOWS = re.compile(
    r"^(?!.*\b(?:mean|means|significan?|quieren? decir)\b).*\b(?:looks?|shows?|shown|appears?|seen?|visible|"
    r"ven?|verse|verian?|salen?|salir|saldria|aparecen?|notan?|muestran?)\b"
)
#: What asks to compare two things that are named, and the two spoken of last.
_WHICH = re.compile(r"\b(?:which|cual(?:es)?)\b.*\b(?:or|o|u|and|y)\b")
_OF_TWO = re.compile(
    r"\b(?:which|cual\w*|quien)\b.*\b(?:(?:of|between) (?:the|those|these) two|of (?:them|both)|"
    r"(?:de|entre) (?:los|las|ellos|ellas|esos|esas|estos|estas) dos|de (?:ambos|ambas|ellos|ellas))\b"
)
#: A whole text that chooses one of the two things that were offered.
_CHOICE = re.compile(
    r"^(?:(?:yes|si|please|por favor|the|el|la|lo|option|opcion|number|numero|mejor|i mean|me refiero a) )*"
    r"(?:(?P<one>first|1st|1|one|primer[ao]?|un[oa]|former)|(?P<two>second|2nd|2|two|segund[ao]|dos|latter|last|"
    r"ultim[ao]))(?: (?:one|option|thing|opcion|cosa))?(?: (?:please|por favor))?$"
)


@dataclass(frozen=True, slots=True)
class Meant:
    """``topics`` in the order named, or the one leant on; ``section`` ``None`` where none is meant.

    ``leans`` says that the topic was taken from the conversation, ``carried`` that the section was. ``bare``
    says that a section is asked for and nothing else is said: "what are the symptoms?" ``images`` are the
    readings that the text points to among several; ``finding`` is whether it names one. ``goes_on`` is
    whether its wording goes on with what was said, and names no other disease or part of the body. ``loose``:
    it leans only in that it names no topic.
    """

    topics: tuple[str, ...]
    section: str | None
    leans: bool = False
    carried: bool = False
    bare: bool = False
    images: tuple[Analysis, ...] = ()
    finding: bool = False
    goes_on: bool = False
    loose: bool = False

    @property
    def image(self) -> Analysis | None:
        """The first reading that the text points to; ``None`` where it points to none."""
        return self.images[0] if self.images else None


def settle(
    text: str, mentioned: tuple[str, ...], prediction: IntentPrediction, conversation: Conversation
) -> IntentPrediction:
    """What is wanted where the last reply asked back: "the second", or just the topic that was missing; and
    where two topics were spoken of: "which of the two ...?"."""
    offered = conversation.offered
    if len(offered) == 1 and mentioned and prediction.intent in ("fallback", "ask_overview"):
        return _settled(prediction, offered[0])
    if len(offered) == 2 and (choice := _CHOICE.match(fold(text))):
        return _settled(prediction, offered[0 if choice["one"] else 1])
    if _compares(fold(text), mentioned, conversation):
        return _settled(prediction, "compare_topics")
    return prediction


def _compares(folded: str, mentioned: tuple[str, ...], conversation: Conversation) -> bool:
    """Whether a text asks which of two topics: of those spoken of, or "which is worse, a glioma or ...?"."""
    if not mentioned:
        return len(conversation.spoken_of) > 1 and bool(_OF_TWO.search(folded))
    return sum(topic not in EXAMS for topic in mentioned) > 1 and bool(_WHICH.search(folded))


def _settled(prediction: IntentPrediction, intent: str) -> IntentPrediction:
    return replace(prediction, intent=intent, confidence=1.0, by_rule=True, argument=None, torn=False)


def resolve(
    text: str, mentioned: tuple[str, ...], prediction: IntentPrediction, conversation: Conversation
) -> Meant:
    """Topic and section of a text, taking from the conversation what the text leaves out."""
    folded, section = fold(text), prediction.section
    if prediction.intent == "fallback" and conversation.topic and not mentioned:
        section = next((cued for cued in mentioned_sections(text) if cued != "overview"), None)
    if prediction.intent in conversation.offered:
        return Meant(mentioned or conversation.offered_about, section, carried=True)
    images = images_meant(text, conversation)
    finding = any(re.search(rf"\b(?:{words})\b", folded) for words in _FINDING_WORDS.values())
    short = len(text.split()) <= SHORT
    if mentioned:
        goes_on = short and bool(_GOES_ON.search(folded)) and names_nothing_but_topics(text)
        if goes_on and conversation.section is not None:
            return Meant(mentioned, conversation.section, carried=True, images=images, finding=finding)
        if conversation.topic and _is_about(conversation.topic, mentioned, section, folded):
            return Meant((conversation.topic,), section, leans=True, images=images, finding=finding)
        return Meant(mentioned, section, images=images, finding=finding)
    bare, goes_on, another = says_not_of_what(text), bool(_LEANS.search(folded)), names_another_part(text)
    if conversation.topic:
        return Meant(
            (conversation.topic,),
            section,
            leans=True,
            bare=bare,
            images=images,
            finding=finding,
            goes_on=goes_on and not another,
            loose=another or not (goes_on or short),
        )
    return Meant((), section, bare=bare, images=images, finding=finding)


def _is_about(topic: str, mentioned: tuple[str, ...], section: str | None, folded: str) -> bool:
    """Whether what is named is part of a question about the topic in hand: "can it miss a tumor?" is about
    the MRI spoken of, "what does it look like on the film?" about the pneumonia."""
    if len(mentioned) > 1:
        return False
    named = mentioned[0]
    if topic in EXAMS:
        return exam_of(named) == topic and section in OF_EXAMS
    shows = section == "imaging_findings" and bool(_SHOWS.search(folded))
    return named in EXAMS and exam_of(topic) == named and shows


def images_meant(text: str, conversation: Conversation) -> tuple[Analysis, ...]:
    """The readings that a text points to by their places, where several images came: "the second one"."""
    readings, folded = conversation.readings, fold(text)
    alone = len(readings) < 2 and all(analysis.accepted for analysis in conversation.analyses)
    if alone or _OF_A_FINDING.search(folded):
        return ()
    found = [
        (match.start(), place)
        for place, words in _PLACES.items()
        for match in re.finditer(rf"\b(?:{words})\b", folded)
    ]
    found += [(match.start(), int(match[1]) - 1) for match in _NUMBERED.finditer(folded)]
    places = [place for _, place in sorted(found) if -len(readings) <= place < len(readings)]
    return tuple(readings[place] for place in places)


def target_class(text: str, last: Analysis) -> str | None:
    """The finding whose map a text asks for: the one it names, or for "another" the next likeliest.

    ``None`` where the reading ``last`` does not know it.
    """
    folded = fold(text)
    for name, pattern in _FINDING_WORDS.items():
        if re.search(rf"\b(?:{pattern})\b", folded):
            known = name in last.probabilities or (name == "pneumonia" and last.modality == "chest_xray")
            return name if known else None
    ranked = sorted(last.probabilities, key=lambda name: -last.probabilities[name])
    shown = last.target_class
    return next((name for name in ranked if name not in (shown, last.finding)), None)
