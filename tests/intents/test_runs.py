"""What the emergency floor and the router see of a text's words."""

import numpy as np

from intents.runs import BUCKETS, features


def test_three_kinds_of_run_count_as_much_each() -> None:
    ids, values = features("No puedo respirar, ¿qué hago?")
    assert ids.shape == values.shape
    assert ids.min() >= 0
    assert ids.max() < BUCKETS
    assert float(values @ values) == np.float32(3.0)


def test_case_accents_and_punctuation_do_not_matter_but_questions_and_clauses_do() -> None:
    assert set(features("NO RESPIRÓ")[0]) == set(features("no respiro")[0])
    assert set(features("respira")[0]) != set(features("respira?")[0])
    assert set(features("no, respira")[0]) != set(features("no respira")[0])


def test_a_typo_leaves_most_of_what_is_seen() -> None:
    right, wrong, other = (set(features(text)[0]) for text in ("convulsiones", "convulciones", "meningiomas"))
    assert len(right & wrong) > 3 * len(right & other)


def test_nothing_to_see() -> None:
    for text in ("", "?!", "🧠"):
        ids, values = features(text)
        assert len(ids) == len(values)
    assert len(features("")[0]) == 0
