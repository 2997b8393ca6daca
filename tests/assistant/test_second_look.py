"""The second look for an emergency, at the encoder's vector."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant import second_look
from assistant.conversation import Conversation, Turn
from assistant.models import Models
from assistant.respond import respond
from assistant.second_look import SecondLook, load_second_look, place
from assistant.triage import find_emergency
from knowledge_base.fake_encoder import FakeEncoder

CALM = "What is pneumonia?"
ILL, WELL = np.eye(2, dtype=np.float32)


def looks(of_floor: float) -> SecondLook:
    """One that knows an emergency at ``ILL`` and a calm message at ``WELL``, of a floor's score of 0."""
    known = place(np.stack([ILL, WELL]), np.zeros(2), of_floor)
    return SecondLook(known, np.array([1, -1], np.float32), gamma=0.5, of_floor=of_floor, bias=0.0)


def test_a_message_by_a_known_emergency_is_one() -> None:
    assert find_emergency(CALM) is None
    assert looks(of_floor=0.0).find_emergency(CALM, ILL) is not None
    assert looks(of_floor=0.0).find_emergency(CALM, WELL) is None
    assert looks(of_floor=0.0).find_emergency("", ILL) is None


def test_a_score_of_the_floor_far_from_the_known_ones_takes_away_what_is_near() -> None:
    assert looks(of_floor=1.0).score(0.0, ILL) == pytest.approx(1.0, abs=1e-4)
    assert abs(looks(of_floor=1.0).score(9.0, ILL)) < 1e-4


def test_one_made_for_another_encoder_is_not_used() -> None:
    assert load_second_look("of another encoder") is None


def test_a_file_that_is_not_the_cards_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = second_look.CARD.read_text("utf-8")
    fingerprint = card.split('encoder = "')[1].split('"')[0]
    assert load_second_look.__wrapped__(fingerprint).known.shape[1] == 384 + 1
    other = tmp_path / "second_look.safetensors"
    other.write_bytes(second_look.WEIGHTS.read_bytes()[:-1] + b"x")
    monkeypatch.setattr(second_look, "WEIGHTS", other)
    with pytest.raises(ValueError, match="restore both from git"):
        load_second_look.__wrapped__(fingerprint)


def test_what_it_sees_comes_first_in_the_reply(models: Callable[..., Models]) -> None:
    made = models("ask_overview")
    assert made.words is not None
    known = np.zeros((1, FakeEncoder().dimension + 1), np.float32)
    alarmed = SecondLook(known, np.zeros(1, np.float32), gamma=1.0, of_floor=0.0, bias=1.0)
    made = replace(made, words=replace(made.words, second_look=alarmed))
    reply, _ = respond(Turn(CALM), Conversation(), made)
    assert (reply.action, reply.intent) == ("triage", "emergency")
    assert reply.text.startswith("**This can be an emergency.")
