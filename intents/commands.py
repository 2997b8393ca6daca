"""Commands: another language, another audience, a search of the web, the conversation as a file.

Each function reads the folded text (``folding.fold``); ``web_search`` the text itself, for its term.
"""

import re

from intents import phrases
from intents.folding import fold, one_line, plain

_LANGUAGE_VOCABULARY = phrases.FILLERS | phrases.LANGUAGE_WORDS | phrases.LANGUAGES.keys()
_NOT_SPOKEN = re.compile(
    r"\b(?:(?:don t|dont|do not|no) (?:speak|talk|understand|use|hablo|hables|uses|entiendo)|"
    r"not)(?: in| en)? \w+"
)
_RATHER_NOT = re.compile(r"\b(?:no|not) (?:in|en) \w+")


def change_language(folded: str, language: str) -> str | None:
    """The language asked for ("en", "es"), where that is all the text says; a bare "change it" toggles."""
    if folded in phrases.LANGUAGE_BARE:
        return other_language(language)
    words = folded.split()
    named = [phrases.LANGUAGES[word] for word in words if word in phrases.LANGUAGES]
    if not named or not _LANGUAGE_VOCABULARY.issuperset(words):
        return None
    rest = _NOT_SPOKEN.sub("", folded)
    if len(set(named)) > 1:
        rest = _RATHER_NOT.sub("", rest)
    wanted = [phrases.LANGUAGES[word] for word in rest.split() if word in phrases.LANGUAGES]
    return wanted[-1] if wanted else other_language(named[-1])


def other_language(language: str) -> str:
    """The one of the two that ``language`` is not."""
    return "en" if language == "es" else "es"


_I_AM = rf"^{phrases.LEAD}(?:i m|i am|im|soy|yo soy|como|as) (?:also |tambien )?(?:a |an |un |una |el |la )?"
_PROFESSIONAL = re.compile(_I_AM + rf"(?:\w+ )?{phrases.PROFESSIONS}(?: (?:too|also|tambien|myself))?$")
_LAYPERSON = re.compile(
    rf"^{phrases.LEAD}(?:(?:i m|i am|im|soy|yo soy) (?:a |the |un |una |el |la )?(?:patient|paciente)|"
    rf"(?:i m|i am|im) not (?:a |an )?{phrases.PROFESSIONS}|no soy (?:un |una )?{phrases.PROFESSIONS})$"
)
_MODE = re.compile(
    r"^(?:(?:switch|change|go|back|cambia|cambiar|vuelve|pasa|pon|usa|use|turn|activate|activa|please|"
    r"por favor|"
    r"a|al|to|the|el|into|on|en) )*(?:"
    r"(?P<clinician>(?:clinician|clinical|professional|expert|technical|doctor) (?:mode|version|view)|"
    r"(?:modo|version) (?:clinic[oa]|medic[oa]|profesional|expert[oa]|tecnic[oa]|para medicos|"
    r"para clinicos))|"
    r"(?P<patient>patient (?:mode|version|view)|(?:modo|version) (?:de |para )?pacientes?)"
    r")(?: please| por favor)?$"
)
_TALK_AS = re.compile(
    r"^(?:please |por favor )?(?:talk|speak|explain it|answer|write|hablame|respondeme|explicamelo|"
    r"responde) "
    r"(?:to me )?(?:as|like|como) (?:if i were |if i was |si fuera )?(?:to )?(?:a |an |un |una )*"
    rf"(?:(?P<clinician>{phrases.PROFESSIONS}|colleague|colega)|(?P<patient>patient|paciente))$"
)


def change_audience(folded: str) -> str | None:
    """``"clinician"`` or ``"patient"``, where saying so is all the text does."""
    if _LAYPERSON.match(folded):
        return "patient"
    if _PROFESSIONAL.match(folded) and " not " not in folded:
        return "clinician"
    found = _MODE.match(folded) or _TALK_AS.match(folded)
    return found.lastgroup if found else None


def audience_named(folded: str) -> str | None:
    """The audience that a looser wording names, for a text known to ask for one."""
    if re.search(r"\b(?:patients?|pacientes?)\b|\bnot (?:a|an) |\bno soy\b", folded):
        return "patient"
    technical = r"\b(?:clinic|professional|profesional|technical|tecnic|expert|colleague|colega|jargon)"
    return "clinician" if re.search(technical + rf"|\b{phrases.PROFESSIONS}", folded) else None


_ONLINE = (
    r"(?:online|(?:on|in) the (?:web|internet|net)|the (?:web|internet|net)|on google|google|"
    r"en (?:la web|la red|internet|google|linea))"
)
_ASKS = r"[\s¿¡]*(?:(?:please|can you|could you|por favor|puedes|podrias|puede|now|ok|and|y)[,\s]+)*"
_SEARCHES = tuple(
    re.compile(_ASKS + pattern + r"[\s.!?]*$")
    for pattern in (
        rf"(?:search|look)\s+{_ONLINE}(?:\s+(?:for|about)\s+(?P<term>.+?))?(?:\s+please)?",
        r"(?:web|internet|online)\s+search(?:\s+(?:for|on|about)|:)?(?:\s+(?P<term>.+?))?",
        r"(?:do|make|run)\s+a\s+(?:web|internet|google|online)\s+search(?:\s+(?:for|on|"
        r"about)\s+(?P<term>.+?))?",
        rf"(?:search|look|find|check|look\s+up|look\s+for|search\s+for)\s+(?:(?:it|that|"
        rf"this)\s+)?(?:up\s+)?{_ONLINE}",
        rf"(?:search\s+for|search|look\s+up|look\s+for|find|"
        rf"google)\s+(?P<term>.+?)\s+{_ONLINE}(?:\s+please)?",
        r"(?:search\s+for|look\s+up|google)\s+(?!is\b|was\b|has\b|says\b|"
        r"said\b)(?P<term>.+?)(?:\s+please)?",
        rf"(?:busca|buscar|busque|haz\s+una\s+busqueda|busqueda)\s+(?:{_ONLINE}|web)"
        r"(?:\s*:)?(?:\s+(?:sobre\s+|de\s+)?(?P<term>.+?))?",
        rf"(?:buscalo|buscala|busquelo|miralo|encuentralo)\s+{_ONLINE}",
        rf"(?:busca|buscame|buscar|busque|encuentra|encuentrame)\s+(?P<term>.+?)\s+{_ONLINE}",
        r"(?:busca|busque|googlea|googlear)\s+(?P<term>.+?)(?:,?\s+por\s+favor)?",
    )
)
_ABOUT_HERE = re.compile(
    r"^(?:it|that|this|eso|esto|la|el|lo|le)$|"
    r"\b(?:this|my|the|esta|este|mi|la) (?:\w+ )?(?:image|scan|picture|photo|x ray|xray|mri|imagen|"
    r"foto|placa|"
    r"radiografia|resonancia)\b"
)


def web_search(text: str) -> tuple[bool, str]:
    """Whether ``text`` asks for a search of the web, and the term as it is written ("" for none)."""
    line = one_line(text)
    searchable = plain(line)
    for pattern in _SEARCHES:
        found = pattern.match(searchable)
        if found is None:
            continue
        start, end = found.span("term") if "term" in pattern.groupindex else (0, 0)
        term = line[max(start, 0) : max(end, 0)].strip(" \"'«».,;:¿?¡!")
        return (not _ABOUT_HERE.search(fold(term))), term
    return False, ""


_EXPORT_VOCABULARY = phrases.FILLERS | phrases.EXPORT_VERBS | phrases.EXPORT_KEEPS | phrases.EXPORT_WORDS


def is_export(folded: str) -> bool:
    """Whether the text asks to take the conversation away, and nothing else."""
    words = set(folded.split())
    kept = bool(words & phrases.EXPORT_KEEPS) and bool(words & phrases.EXPORT_THINGS)
    return (kept or bool(words & phrases.EXPORT_VERBS)) and words <= _EXPORT_VOCABULARY
