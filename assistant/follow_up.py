"""What a short text means in the light of what was said before. Pure."""

import re
from dataclasses import dataclass

from assistant.conversation import Conversation
from intents.folding import fold
from intents.prediction import IntentPrediction

#: A text of at most this many words without a topic of its own leans on the last one.
SHORT = 8
_LEANS = re.compile(
    r"^(?:y|e|and|what about|how about|que tal|que hay de|entonces|so|then|pero|but|also|tambien)\b|"
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


@dataclass(frozen=True, slots=True)
class Meant:
    """``topics`` in the order named, or the one leant on; ``section`` ``None`` where none is meant.

    ``leans`` says that the topic was taken from the conversation.
    """

    topics: tuple[str, ...]
    section: str | None
    leans: bool = False


def resolve(
    text: str, mentioned: tuple[str, ...], prediction: IntentPrediction, conversation: Conversation
) -> Meant:
    """Topic and section of a text, taking from the conversation what the text leaves out."""
    section = prediction.section
    short = len(text.split()) <= SHORT
    if mentioned:
        continues = short and bool(_LEANS.search(fold(text)))
        if continues and (section is None or section == "overview"):
            section = conversation.section or section
        return Meant(mentioned, section)
    if conversation.topic and (short or _LEANS.search(fold(text))):
        return Meant((conversation.topic,), section, leans=True)
    return Meant((), section)


def target_class(text: str, conversation: Conversation) -> str | None:
    """The finding whose map a text asks for: the one it names, or for "another" the next likeliest.

    ``None`` where the last reading does not know it or there is none.
    """
    accepted = [analysis for analysis in conversation.analyses if analysis.accepted]
    if not accepted:
        return None
    last = accepted[-1]
    folded = fold(text)
    for name, pattern in _FINDING_WORDS.items():
        if re.search(rf"\b(?:{pattern})\b", folded):
            known = name in last.probabilities or (name == "pneumonia" and last.modality == "chest_xray")
            return name if known else None
    ranked = sorted(last.probabilities, key=lambda name: -last.probabilities[name])
    shown = last.target_class
    return next((name for name in ranked if name not in (shown, last.finding)), None)
