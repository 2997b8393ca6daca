"""What a short text means in the light of what was said before. Pure."""

import re
from dataclasses import dataclass, replace

from assistant.conversation import Conversation
from intents.folding import fold
from intents.prediction import IntentPrediction
from knowledge_base.mentions import says_not_of_what
from vision_models.analysis import Analysis

#: A text of at most this many words without a topic of its own leans on the last one.
SHORT = 8
_LEANS = re.compile(
    r"^(?:y|e|and|what about|how about|que tal|que hay de|entonces|so|then|pero|but|also|tambien|del?|of)\b|"
    r"\b(?:it|that|this|them|they|those|these|eso|esto|esa|ese|ello|ellos|ellas|lo|la|los|las|le|les)\b"
)
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


@dataclass(frozen=True, slots=True)
class Meant:
    """``topics`` in the order named, or the one leant on; ``section`` ``None`` where none is meant.

    ``leans`` says that the topic was taken from the conversation. ``image`` is the reading that the text
    points to among several, ``None`` where it points to none. ``bare`` says that a section is asked for and
    nothing else is said ("what are the symptoms?"), ``carried`` that the section is that of the turn before.
    """

    topics: tuple[str, ...]
    section: str | None
    leans: bool = False
    image: Analysis | None = None
    bare: bool = False
    carried: bool = False


def settle(
    text: str, mentioned: tuple[str, ...], prediction: IntentPrediction, conversation: Conversation
) -> IntentPrediction:
    """What is wanted where the last reply asked back: "the second", or just the topic that was missing."""
    offered = conversation.offered
    if not offered or len(text.split()) > SHORT:
        return prediction
    if len(offered) == 1:
        vague = prediction.section in (None, "overview")
        chosen = offered[0] if mentioned and vague else None
    else:
        place = _place(text, len(offered))
        chosen = None if place is None else offered[place]
    if chosen is None:
        return prediction
    return replace(prediction, intent=chosen, confidence=1.0, by_rule=True, torn=False)


def resolve(
    text: str, mentioned: tuple[str, ...], prediction: IntentPrediction, conversation: Conversation
) -> Meant:
    """Topic and section of a text, taking from the conversation what the text leaves out."""
    image = image_meant(text, conversation)
    section = prediction.section
    carried = prediction.intent in conversation.offered
    short = len(text.split()) <= SHORT
    if mentioned:
        continues = short and bool(_LEANS.search(fold(text)))
        if continues and (section is None or section == "overview"):
            section, carried = conversation.section or section, conversation.section is not None
        return Meant(mentioned, section, image=image, carried=carried)
    if conversation.topic and (short or _LEANS.search(fold(text))):
        return Meant((conversation.topic,), section, leans=True, image=image)
    return Meant((), section, image=image, bare=says_not_of_what(text))


def image_meant(text: str, conversation: Conversation) -> Analysis | None:
    """The reading that a text points to by its place, where there are several: "the second one"."""
    readings = conversation.readings
    if len(readings) < 2 or _OF_A_FINDING.search(fold(text)):
        return None
    place = _place(text, len(readings))
    return None if place is None else readings[place]


def _place(text: str, count: int) -> int | None:
    """Which of ``count`` things a text points to by its place: "the second one" is 1, "the last" is -1."""
    folded = fold(text)
    places = [place for place, words in _PLACES.items() if re.search(rf"\b(?:{words})\b", folded)]
    places += [int(number) - 1 for number in _NUMBERED.findall(folded)]
    return next((place for place in places if -count <= place < count), None)


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
