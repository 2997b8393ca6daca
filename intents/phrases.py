"""The words behind the rules: whole texts, vocabularies and stems, all folded (see ``folding.fold``)."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _texts(text: str) -> frozenset[str]:
    return frozenset(" ".join(each.split()) for each in text.split("/"))


#: What may come before a request without changing it.
LEAD = r"(?:(?:hi|hello|hey|hola|please|por favor|oye|ok|so|and|y|entonces|pues|doctor|galeno) )*"

#: Words that may stand around a command or a greeting without changing what is wanted.
FILLERS = _words(
    """please pls ok okay now then so well and hey hi hello galeno doctor doc just can could would you we i
    me to want like d rather ll s let prefer kindly again from on the a an it that this my your por
    favor porfa xfa vale bueno ahora entonces pues y hola oye te lo la el un una puedes puede podrias
    podria podemos quiero quisiera prefiero vamos usted tu mi otra vez de nuevo adelante eso esto es que"""
)

LANGUAGES = {"english": "en", "ingles": "en", "spanish": "es", "espanol": "es", "castellano": "es"}

#: With FILLERS and a language's name, all that a request to change the language is made of.
LANGUAGE_WORDS = _words(
    """in into to speak talk answer reply respond continue write switch change language use say repeat
    translate explain do don t dont not no instead keep going only your en al habla hablar hablas hables
    hablame hablo hable responde responder respondeme contesta contestame escribe escribeme cambia
    cambiar cambie idioma usa usar di dilo dime dimelo decir decirlo repite repitelo traduce traducelo
    traducir explica explicalo explicamelo sigamos sigue seguir continua respuesta sino"""
)
LANGUAGE_BARE = _texts(
    """change language / change the language / switch language / another language / other language / cambia
    el idioma / cambiar idioma / cambiar de idioma / cambia de idioma / otro idioma"""
)

#: Verbs that mean a file by themselves, and those that do beside one of EXPORT_THINGS.
EXPORT_VERBS = _words("""export download exporta exportar exporte exportalo descarga descargar descargalo""")
EXPORT_KEEPS = _words("""save print guarda guardar guardalo imprime imprimir imprimelo""")
EXPORT_THINGS = _words(
    """conversation chat report reading readings analysis result results transcript answer answers document
    file pdf session conversacion charla informe lectura lecturas analisis resultado resultados
    transcripcion respuesta respuestas documento archivo sesion"""
)
#: With FILLERS and the above, all that a request for a file is made of.
EXPORT_WORDS = EXPORT_THINGS | _words(
    """as all whole our of in how do here como todo toda en del los las mis este nuestra"""
)

PROFESSIONS = (
    r"(?:doctor|doctora|physician|clinician|\w+ologist|neurosurgeon|surgeon|pediatrician|psychiatrist|"
    r"an(?:a)?esthetist|internist|nurse|gp|med(?:ical)? student|radiographer|resident|pharmacist|dentist|"
    r"midwife|paramedic|physiotherapist|specialist|"
    r"health ?care (?:professional|worker|provider)|health professional|medical professional|"
    r"medic[oa]|\w+olog[oa]|neurocirujan[oa]|cirujan[oa]|pediatra|psiquiatra|geriatra|anestesista|"
    r"internista|intensivista|enfermer[oa]|matron[oa]?|residente|farmaceutic[oa]|dentista|paramedic[oa]|"
    r"fisioterapeuta|estudiante de (?:medicina|enfermeria)|clinic[oa]|especialista|"
    r"profesional (?:de la salud|sanitari[oa]|medico)|personal sanitario)"
)

#: Medicines, as stems: "antibiot" is antibiotic, antibiotics, antibiótico.
MEDICINES = (
    r"(?:amoxicil|azitromic|azithromyc|claritromic|clarithromyc|doxicicl|doxycycl|levoflox|penicil|"
    r"cef\w|ceph|"
    r"antibiot|ibuprofen|paracetamol|acetaminof|acetaminoph|aspirin|tylenol|dexameta|dexametha|"
    r"prednis|cortison|"
    r"corticoid|steroid|esteroid|levetirac|keppra|valpro|fenito|phenyto|lamotrig|cabergol|bromocript|"
    r"octreotid|"
    r"lanreotid|hidrocortis|hydrocortis|temozol|levotirox|levothyrox|paxlovid|remdesiv|oseltam|"
    r"tamiflu|insulin|"
    r"omeprazol|jarabe|cough syrup|ivermectin|hydroxychlor|hidroxiclor|medicine|medication|medicina\b|"
    r"medicacion|"
    r"medicament|pills?\b|tablets?\b|capsul|pastilla|comprimido|inhaler|inhalador|anticonvuls|antivir|"
    r"painkill|"
    r"analgesic|meds\b|drug)"
)

CONDITIONS = (
    r"(?:tumou?r\w*|cancer|pneumonia|neumonia|covid\w*|coronavirus|glioma|glioblastoma|meningioma|"
    r"(?:pituitary )?adenoma|astrocytoma|astrocitoma|prolactinoma|macroadenoma|pulmonia)"
)

GREETINGS = (
    r"(?:hello|hi|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|hola|holi|buenas|"
    r"buenos dias|"
    r"buen dia|buenas (?:tardes|noches)|saludos|muy buenas)"
)
THANKS = (
    r"(?:thanks?|thank you|thank u|thx|ty|many thanks|thanks a lot|thank you (?:very|so) much|"
    r"thanks so much|"
    r"cheers|much appreciated|gracias|muchas gracias|mil gracias|muchisimas gracias|te lo agradezco|"
    r"se lo agradezco|muy amable)"
)
GOODBYES = (
    r"(?:bye|goodbye|bye bye|good bye|see you|see you (?:later|soon|tomorrow)|good night|take care|"
    r"farewell|"
    r"cya|so long|adios|chao|chau|hasta (?:luego|manana|pronto|la vista|la proxima|otra)|nos vemos|cuidate|"
    r"me despido)"
)
#: What may follow a greeting, a thanks or a goodbye in the same breath.
COURTESY = r"(?:galeno|doctor|doctora|doc|there|again|everyone|all|please|very much|a lot|for now|ok|okay|"
COURTESY += r"great|perfect|genial|perfecto|vale|de nuevo|otra vez|a todos|so|much|for everything|por todo|"
COURTESY += r"for your help|por (?:tu|su) ayuda)"

REPEATS = _texts(
    """repeat / repeat that / repeat it / repeat please / please repeat / can you repeat / say that again /
    can you repeat that / could you repeat that / say it again / come again / again / again please / one
    more time / once more / what did you say / pardon / repite / repitelo / repite eso / repite por
    favor / puedes repetir / puedes repetirlo / puede repetir / puede repetirlo / otra vez / otra vez
    por favor / dilo otra vez / dimelo otra vez / una vez mas / que dijiste / que has dicho / de nuevo /
    repita / repitalo / repita por favor"""
)
SIMPLIFIES = _texts(
    """simpler / simpler please / in simple words / in simple terms / in plain english / i don t understand
    / i dont understand / i do not understand / i didn t understand / explain it more simply / i don t
    get it / explain it simply / explain that more simply / can you explain it more simply / too
    technical / too complicated / explain like i m five / explain it like i m five / eli5 / tl dr /
    simplify / simplify that / simplify it / make it simpler / use simpler words / in other words / no
    entiendo / no entendi / no lo entiendo / no he entendido / no te entiendo / explicamelo mas sencillo
    / explicalo mas sencillo / mas sencillo / mas simple / mas facil / en palabras sencillas / en
    palabras simples / con palabras sencillas / explicamelo mas facil / explicalo mas facil / demasiado
    tecnico / demasiado complicado / muy tecnico / muy complicado / en otras palabras / mas sencillo por
    favor / mas simple por favor / explicamelo de forma sencilla / simplifica / puedes explicarlo mas
    sencillo / me lo explicas mas sencillo / explicamelo mas simple"""
)
OTHERS = _texts(
    """and the other / and the other one / the other one / the other / and the others / the second one /
    and the second one / the first one / and the first one / the last one / and the last one / the
    previous one / and the previous one / la primera / el primero / y la primera / y el primero / la
    ultima / y la ultima / la anterior / y la anterior / show me the other one / show me the other / show
    the other one / show me another one / show me the other finding / show the other finding / show me
    the second one / y el otro / y la otra / y los otros / y las otras / el otro / la otra / el segundo /
    la segunda / y el segundo / y la segunda / muestrame el otro / muestrame la otra / muestra el otro /
    ensename el otro / ensename la otra / muestrame el otro hallazgo / ensename el otro hallazgo"""
)
#: After a reading they ask for its reasons, after an answer in words for the causes of what it is about.
WHYS = _texts(
    """why / but why / and why / why is that / why so / how come / why does that happen / por que / y por
    que / pero por que / y eso por que / por que pasa eso"""
)
EXPLAINS = _texts(
    """why do you say that / where / and where / where exactly / where is it / where is that / where is it
    exactly / where do you see it / show me where / show me the heat map / show me the heatmap / show the
    heat map / explain the reading / explain the result / why do you think so / por que dices eso / por que
    lo dices / donde / y donde / donde exactamente / donde esta / en donde / donde esta exactamente / donde
    lo ves / donde se ve / muestrame donde / ensename donde / muestrame el mapa de calor / ensename el mapa
    de calor / explica la lectura / explica el resultado / explicame la lectura / explicame el resultado"""
)
DOUBTS = _texts(
    """are you sure / are you really sure / are you certain / you sure / are you sure about that / r u sure
    / are you sure of that / how sure are you / how certain are you / how confident are you / estas
    seguro / estas segura / esta seguro / esta segura / seguro / de verdad estas seguro / estas seguro
    de eso / que tan seguro estas / que tan segura estas / como de seguro estas / cuan seguro estas"""
)

INSULTS = (
    r"(?:stupid|dumb|idiot|moron|useless|worthless|pathetic|incompetent|shit|asshole|crap|garbage|trash|liar|"
    r"estupid[oa]|tont[oa]|idiota|imbecil|inutil|pendej[oa]|gilipollas|mierda|basura|porqueria|mentiros[oa]|"
    r"incompetente|cretin[oa])"
)

#: "And the treatment?": a section named and nothing else.
SECTION_NAMES = {
    "types": ("types", "kinds", "tipos", "clases"),
    "causes": ("cause", "causes", "causa", "causas"),
    "risk_factors": ("risk factor", "risk factors", "factores de riesgo"),
    "symptoms": ("symptom", "symptoms", "sintoma", "sintomas"),
    "warning_signs": ("warning signs", "red flags", "senales de alarma", "signos de alarma"),
    "diagnosis": ("diagnosis", "diagnostico"),
    "treatment": ("treatment", "treatments", "tratamiento", "tratamientos"),
    "recovery": ("recovery", "recuperacion"),
    "prognosis": ("prognosis", "outlook", "pronostico"),
    "complications": ("complications", "complicaciones"),
    "prevention": ("prevention", "prevencion"),
    "transmission": ("transmission", "contagio", "transmision"),
    "children_and_pregnancy": (
        "in children", "children", "in kids", "in babies", "in pregnancy", "during pregnancy", "pregnancy",
        "in pregnant women", "en ninos", "en los ninos", "los ninos", "en bebes", "en el embarazo",
        "durante el embarazo", "en embarazadas", "embarazo",
    ),
    "preparation": ("preparation", "preparacion"),
    "risks": ("risks", "riesgos"),
    "limitations": ("limitations", "limitaciones"),
}  # fmt: skip
