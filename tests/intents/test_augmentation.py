import random

from intents.augmentation import augment, typo
from intents.examples import Example

QUESTION = Example("¿Cómo se trata un meningioma?", "ask_treatment", "es")


def test_the_same_seed_gives_the_same_variants() -> None:
    assert augment([QUESTION] * 30, 3) == augment([QUESTION] * 30, 3)


def test_variants_keep_the_intent_but_for_other_diseases_and_nonsense() -> None:
    variants = augment([QUESTION] * 50, 3)
    assert {each.intent for each in variants} == {"ask_treatment", "offtopic_medical", "fallback"}
    assert all("meningioma" not in each.text for each in variants if each.intent == "offtopic_medical")
    assert any("glioma" in each.text for each in variants if each.intent == "ask_treatment")
    assert Example("como se trata un meningioma", "ask_treatment", "es") in variants


def test_off_topic_texts_keep_their_words() -> None:
    example = Example("busca glioma en internet", "web_search", "es")
    assert all(abs(len(each.text) - len(example.text)) <= 1 for each in augment([example], 1))


def test_a_typo_changes_one_letter_and_spares_short_words() -> None:
    chance = random.Random(1)
    assert typo("a la no", chance) == "a la no"
    assert all(abs(len(typo("pneumonia", chance)) - 9) <= 1 for _ in range(50))
