"""Questions about oneself that no machine answers: a dose, "do I have …", "will I die"."""

import re

from intents import phrases

_DOSE = re.compile(
    r"\b(?:what|which|right|correct|usual|normal|recommended|maximum|max|que|cual es la|"
    r"cuanta) (?:is the |s the )?"
    r"(?:\w+ )?(?:dose|dosage|dosis)\b|"
    rf"\b(?:dose|dosage|dosis|posologia) (?:of|for|de|del|para) (?:\w+ ){{0,2}}?{phrases.MEDICINES}|"
    rf"\b{phrases.MEDICINES}\w* (?:dose|dosage|dosis)\b|"
    r"\b(?:how many|how much|cuantos|cuantas) (?:mg|milligrams?|miligramos|ml|grams|gramos|drops|"
    r"gotas|pills|tablets|"
    r"pastillas|comprimidos|capsules|capsulas)\b|"
    rf"\b(?:how much|how many|cuanto|cuanta|cuantos|cuantas) {phrases.MEDICINES}|"
    r"\b(?:prescribe|recetame|receteme|me (?:puedes|puede|podrias|podria) recetar|recetarme)\b|"
    r"\b(?:write|give|need|want|get) (?:me )?(?:an? )?(?:\w+ )?prescription|"
    rf"\b(?:hazme|dame|necesito|quiero) (?:una )?receta(?: medica)?(?:$| (?:de|"
    rf"para) (?:\w+ )?{phrases.MEDICINES})|"
    rf"\b(?:can|should|may|could|must|do) (?:i|we) (?:just |also |still |now )?(?:stop|quit|skip|"
    rf"double|take|taking|"
    rf"increase|reduce|lower|cut|halve|change|mix|combine)(?: \w+){{0,4}}? {phrases.MEDICINES}|"
    rf"\b(?:puedo|debo|deberia|tengo que|podria) (?:\w+ )?(?:dejar|suspender|saltarme|duplicar|tomar|"
    rf"tomarme|"
    rf"subir|bajar|reducir|cambiar|mezclar|combinar)(?: \w+){{0,4}}? {phrases.MEDICINES}|"
    rf"\b(?:want to|quiero|going to|voy a) (?:stop|quit|dejar|"
    rf"suspender)(?: \w+){{0,4}}? {phrases.MEDICINES}|"
    rf"\b(?:which|what|que) {phrases.MEDICINES}\w* (?:should i|do i|can i|debo|puedo|tomo|me tomo|"
    rf"tengo que)\b"
)
#: A dose of radiation or of a vaccine, and pausing a medicine for an examination, are ordinary questions.
_NOT_A_DOSE = re.compile(
    r"radiacion|radiation|radioterap|radiother|x ?rays?\b|rayos|radiograf|vaccin|vacuna|booster|refuerzo|"
    r"(?:before|antes de|para)(?: \w+){0,3} (?:mri|scan|exam|test|resonancia|prueba|examen)"
)


def is_dose_request(folded: str) -> bool:
    """Whether a dose, a prescription, taking or stopping a medicine is asked about, anywhere in the text."""
    return _DOSE.search(folded) is not None and _NOT_A_DOSE.search(folded) is None


_WHOSE = r"(?:(?:my|mi) (?!mri|x ?ray|scan|image|picture|imagen|foto|placa|radiogr|resonan)(?:\w+ )?\w+)"
_DIAGNOSIS = re.compile(
    rf"^{phrases.LEAD}(?:(?:do you think|tell me if|crees que|dime si|cree que|piensas que) )?(?:"
    rf"(?:do i (?:\w+ )?have|have i got|did i get|could i have|might i have|does {_WHOSE} have|"
    rf"do you think i have|i have) (?:an? |the |some )?(?:\w+ )?{phrases.CONDITIONS}|"
    rf"(?:{_WHOSE} )?(?:tengo|tiene|tendre|tendra|tendria|podria tener|puedo tener|me dio) "
    rf"(?:yo )?(?:un |una |el |la )?{phrases.CONDITIONS}"
    r")(?: (?:cerebral|viral|bacterian[oa]|bacterial|malign[oa]|benign[oa]|now|ahora|too|tambien|doctor))?$"
)
_PERSONAL_DIAGNOSIS = re.compile(
    rf"^{phrases.LEAD}(?:(?:can you |could you |puedes |me puedes )?(?:diagnose me|diagnosticame|"
    rf"diagnosticarme)|"
    r"me puedes diagnosticar|what s wrong with me|what is wrong with me|what disease do i have|"
    r"que enfermedad tengo|que tengo yo)$"
)


def is_self_diagnosis(text: str, folded: str) -> bool:
    """Whether the whole text asks if the person, or theirs, has the disease."""
    if _PERSONAL_DIAGNOSIS.match(folded):
        return True
    if _DIAGNOSIS.match(folded) is None:
        return False
    # "Tengo un meningioma" and "I have pneumonia" tell; only with the mark do they ask.
    tells = re.search(r"^(?:\w+ )?(?:i have|i ve got|tengo|me dio)\b|\btiene\b", folded)
    return tells is None or "?" in text


_PROGNOSIS = re.compile(
    rf"^{phrases.LEAD}(?:"
    rf"(?:am i|is (?:he|she|{_WHOSE})) (?:going to|gonna) (?:die|survive|live|make it)|"
    rf"(?:will|can) (?:i|he|she|{_WHOSE}) (?:die|survive|live|make it)|am i dying|i m going to die|"
    r"how (?:long|much time) (?:do i have|have i got)(?: left)?(?: to live)?|how much time is left for me|"
    r"how long will i live|(?:yo )?(?:me )?voy a morir(?:me)?|me voy a morir|me estoy muriendo|"
    r"voy a sobrevivir|cuanto (?:tiempo )?(?:de vida )?me queda(?: de vida)?|"
    r"cuantos (?:anos|meses|dias) (?:de vida )?me quedan(?: de vida)?|"
    rf"(?:{_WHOSE} )?se va a morir(?: {_WHOSE})?|{_WHOSE} va a (?:morir|sobrevivir)|me morire|sobrevivire"
    r")(?: (?:from|of|with|de|con|por) (?:this|it|esto|eso))?(?: doctor)?$"
)


def is_self_prognosis(folded: str) -> bool:
    """Whether the whole text asks if the person, or theirs, will live."""
    return _PROGNOSIS.match(folded) is not None
