"""The rules that speak before the classifier: few, in both languages, and right whenever they fire.

A rule is for whole texts and for wordings that mean one thing only; what is less than certain is left to the
classifier. Rules read the folded text (``folding.fold``).
"""

import re
from collections.abc import Callable

from intents import commands, personal, phrases
from intents.folding import fold
from intents.prediction import IntentPrediction

#: Longer texts hold more than one thing; only the dose rule reads them.
MAX_WORDS = 14


def _repeated(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:{phrases.COURTESY} )*{pattern}(?: (?:{pattern}|{phrases.COURTESY}))*$")


_GREETING = _repeated(phrases.GREETINGS)
_THANKS = _repeated(phrases.THANKS)
_GOODBYE = _repeated(phrases.GOODBYES)
_SHOW_MAP = re.compile(
    rf"^{phrases.LEAD}(?:show|draw|display|muestrame|muestra|ensename|dibuja)(?: me)? (?:the |el |un )?"
    rf"(?:heat ?map|map|mapa(?: de calor)?) (?:of|for|de|del|para)(?: the| el| la)? (?:\w+ )?"
    rf"(?:{phrases.CONDITIONS}|bacterial|viral|bacteriana|normal|no tumor|sin tumor)$"
)
_PICTURE = (
    r"(?:images?|pictures?|photos?|x ?rays?|scans?|mris?|radiographs?|film|slices?|imagen(?:es)?|fotos?|"
    r"radiografias?|placas?|resonancias?|rx|rm)"
)
_READ = re.compile(
    rf"^{phrases.LEAD}(?:(?:can|could|will) you |(?:me )?(?:puedes|podrias|puede) )?(?:please |"
    rf"por favor )?(?:"
    r"(?:read|analy[sz]e|interpret|look at|have a look at|check|examine|review|evaluate|assess) "
    r"(?:this|my|these|the|the attached|the following)|"
    r"(?:lee|leer|lea|analiza|analizar|analice|interpreta|interpretar|interprete|mira|mirar|revisa|"
    r"revisar|revise|"
    r"evalua|evaluar|examina|examinar|valora|valorar) (?:esta|este|estas|mi|mis|la|las)"
    rf") (?:\w+ )?{_PICTURE}(?: (?:please|for me|por favor|adjuntas?|de torax|cerebral))?$"
)
_SEE = re.compile(
    rf"^{phrases.LEAD}(?:what do you see|what can you see|que ves|dime que ves|tell me what you see)"
    rf"(?: (?:here|aqui|(?:in|on|en) (?:this|the|my|esta|la|mi) (?:\w+ )?{_PICTURE}))?$"
)

_COMPARE = re.compile(
    rf"^{phrases.LEAD}(?:can you |puedes |podrias )?(?:compare|compara|comparar|comparame|compar[ae]l[ao]s?)"
    rf"(?: (?:it|them|this|both|these|esta|este|las dos|los dos|{_PICTURE}))*"
    r"(?: (?:with|to|and|con|y) (?:the |la |el )?(?:first|second|previous|last|other|earlier|primer[ao]?|"
    rf"segund[ao]|anterior|ultim[ao]|otr[ao])(?: one| {_PICTURE})?)?$"
)

_INSULT = re.compile(
    rf"^(?:(?:you|this|bot|it) (?:are|re|is|s) |eres |es |esto es |que )?(?:such |so |really |very |just |a |"
    rf"an |un |una |muy |tan |mas |bien )*{phrases.INSULTS}(?: (?:bot|machine|robot|maquina|asistente))?$"
)

_SHORT_RULES: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("goodbye", _GOODBYE.match),
    ("thanks", _THANKS.match),
    ("greeting", _GREETING.match),
    ("insult", _INSULT.match),
    ("export", commands.is_export),
    ("self_prognosis", personal.is_self_prognosis),
    ("repeat", phrases.REPEATS.__contains__),
    ("simplify", phrases.SIMPLIFIES.__contains__),
    ("show_other_finding", phrases.OTHERS.__contains__),
    ("show_other_finding", _SHOW_MAP.match),
    ("explain_reading", (phrases.WHYS | phrases.EXPLAINS).__contains__),
    ("ask_certainty", phrases.DOUBTS.__contains__),
    ("compare_topics", _COMPARE.match),
    ("read_image", _READ.match),
    ("read_image", _SEE.match),
)

_SECTION_OF = {name: section for section, names in phrases.SECTION_NAMES.items() for name in names}
_FOLLOW_UP = re.compile(
    r"^(?:(?:and|y|what about|que tal|the|el|la|los|las|its|su|sus|what are|cuales son) )+"
)


def match(text: str, language: str) -> IntentPrediction | None:
    """What a rule says of ``text``, else ``None``. ``language`` is the conversation's ("en" or "es")."""
    folded = fold(text)
    if not folded:
        return None
    if len(folded.split()) <= MAX_WORDS:
        found = _command(text, folded, language) or _whole_text(text, folded)
        if found is not None:
            return found
    return _certain("dose_request") if personal.is_dose_request(folded) else None


def command_argument(intent: str, text: str, language: str) -> str | None:
    """What a command that the classifier found asks for; ``None`` where the text does not say."""
    folded = fold(text)
    if intent == "change_language":
        named = [phrases.LANGUAGES[word] for word in folded.split() if word in phrases.LANGUAGES]
        return named[-1] if named else commands.other_language(language)
    if intent == "change_audience":
        return commands.change_audience(folded) or commands.audience_named(folded)
    if intent == "web_search":
        return commands.web_search(text)[1] or None
    return None


def _command(text: str, folded: str, language: str) -> IntentPrediction | None:
    asked, term = commands.web_search(text)
    if asked:
        return _certain("web_search", term or None)
    wanted = commands.change_language(folded, language)
    if wanted is not None:
        return _certain("change_language", wanted)
    audience = commands.change_audience(folded)
    if audience is not None:
        return _certain("change_audience", audience)
    return None


def _whole_text(text: str, folded: str) -> IntentPrediction | None:
    for intent, holds in _SHORT_RULES:
        if holds(folded):
            return _certain(intent, "why" if folded in phrases.WHYS else None)
    if personal.is_self_diagnosis(text, folded):
        return _certain("self_diagnosis")
    section = _SECTION_OF.get(_FOLLOW_UP.sub("", folded))
    return _certain(f"ask_{section}") if section is not None else None


def _certain(intent: str, argument: str | None = None) -> IntentPrediction:
    return IntentPrediction(intent, 1.0, by_rule=True, argument=argument)
