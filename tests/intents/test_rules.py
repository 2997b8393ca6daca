import random
import string

import pytest

from intents.prediction import INTENTS
from intents.rules import command_argument, match

FIRES = [
    ("Hola", "greeting"),
    ("hello galeno!", "greeting"),
    ("buenos días", "greeting"),
    ("¡Muchas gracias!", "thanks"),
    ("ok, thanks", "thanks"),
    ("adiós", "goodbye"),
    ("Goodbye, thanks", None),
    ("descarga el informe", "export"),
    ("Can I download this conversation?", "export"),
    ("save me", None),
    ("repite", "repeat"),
    ("Can you repeat that?", "repeat"),
    ("más sencillo por favor", "simplify"),
    ("I don't understand", "simplify"),
    ("and the other one?", "show_other_finding"),
    ("the first one", "show_other_finding"),
    ("¿y la última?", "show_other_finding"),
    ("compare it with the first", "compare_topics"),
    ("compárala con la primera", "compare_topics"),
    ("can you compare both images?", "compare_topics"),
    ("muéstrame el mapa del meningioma", "show_other_finding"),
    ("¿Por qué?", "explain_reading"),
    ("where?", "explain_reading"),
    ("¿dónde?", "explain_reading"),
    ("Why is pneumonia contagious?", None),
    ("¿Dónde se operan los meningiomas?", None),
    ("are you sure?", "ask_certainty"),
    ("Please analyze this X-ray", "read_image"),
    ("lee esta radiografía", "read_image"),
    ("how do you read an x-ray?", None),
    ("eres tonto", "insult"),
    ("¿y el tratamiento?", "ask_treatment"),
    ("and in children?", "ask_children_and_pregnancy"),
    ("¿Cuánta amoxicilina debo tomar?", "dose_request"),
    ("can I stop taking my antibiotics", "dose_request"),
    ("puedo dejar de tomar la dexametasona?", "dose_request"),
    ("What radiation dose does a chest x-ray give?", None),
    ("do I stop my medication before an MRI scan?", None),
    ("how many doses of the covid vaccine are there", None),
    ("Do I have a tumor?", "self_diagnosis"),
    ("¿tengo neumonía?", "self_diagnosis"),
    ("tengo neumonía", None),
    ("I have a meningioma", None),
    ("do I have to fast for the MRI of my tumor", None),
    ("soy cardióloga", "change_audience"),
    ("I'm an anesthetist", "change_audience"),
    ("¿Mi resonancia tiene un tumor?", None),
    ("Am I going to die?", "self_prognosis"),
    ("¿me voy a morir?", "self_prognosis"),
    ("How many people die of pneumonia?", None),
    ("¿Qué es un meningioma?", None),
    ("dame una receta de tortitas", None),
]


@pytest.mark.parametrize(("text", "intent"), FIRES)
def test_rules_fire_only_where_they_should(text: str, intent: str | None) -> None:
    found = match(text, "en")
    assert (found.intent if found else None) == intent
    if found:
        assert found.by_rule
        assert found.confidence == 1.0


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("in Spanish please", "es"),
        ("again in English", "en"),
        ("habla en inglés", "en"),
        ("no, in Spanish", "es"),
        ("No, en español por favor", "es"),
        ("I don't speak Spanish", "en"),
        ("no hablo inglés, en español por favor", "es"),
        ("en español, no en inglés", "es"),
        ("change the language", "es"),
    ],
)
def test_change_language(text: str, argument: str) -> None:
    found = match(text, "en")
    assert found is not None
    assert (found.intent, found.argument) == ("change_language", argument)


def test_a_word_in_another_language_is_no_command() -> None:
    assert match("what is pneumonia called in Spanish", "en") is None


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("I'm a doctor", "clinician"),
        ("soy radióloga", "clinician"),
        ("modo clínico", "clinician"),
        ("I am not a doctor", "patient"),
        ("no soy médico", "patient"),
        ("back to patient mode", "patient"),
        ("háblame como a un paciente", "patient"),
    ],
)
def test_change_audience(text: str, argument: str) -> None:
    found = match(text, "es")
    assert found is not None
    assert (found.intent, found.argument) == ("change_audience", argument)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Search for Meningioma trials", "Meningioma trials"),
        ("busca en internet vacuna Neumocócica", "vacuna Neumocócica"),
        ("find news about covid online", "news about covid"),
        ("búscalo en internet", None),
        ("search the web", None),
    ],
)
def test_web_search_keeps_the_term_as_written(text: str, term: str | None) -> None:
    found = match(text, "en")
    assert found is not None
    assert (found.intent, found.argument) == ("web_search", term)


def test_searching_an_image_is_not_searching_the_web() -> None:
    assert match("busca un tumor en esta imagen", "es") is None


def test_the_argument_of_a_command_the_classifier_found() -> None:
    assert command_argument("change_language", "could everything be Spanish from here", "en") == "es"
    assert command_argument("change_audience", "give me the technical version", "en") == "clinician"
    assert command_argument("change_audience", "use the patient words", "en") == "patient"
    assert command_argument("greeting", "hello", "en") is None


def test_nonsense_crashes_nothing() -> None:
    chance = random.Random(4)
    alphabet = string.printable + "áéíóúñ¿¡🙂日\u200f\x00"
    for length in (*range(60), 5_000):
        found = match("".join(chance.choices(alphabet, k=length)), "es")
        assert found is None or found.intent in INTENTS


def test_long_texts_are_answered_at_once() -> None:
    assert match("tumor " * 20_000 + "?", "en") is None
