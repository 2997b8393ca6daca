"""The second look for an emergency, at the encoder's vector."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant import second_look
from assistant.conversation import Conversation, Turn
from assistant.respond import Models, respond
from assistant.second_look import SecondLook, load_second_look
from assistant.triage import danger, find_emergency
from knowledge_base.fake_encoder import FakeEncoder

CALM = "What is pneumonia?"
DIRECTION = np.array([1, 0], np.float32)


def test_vector_and_floor_add_up() -> None:
    looks = SecondLook(DIRECTION, of_floor=1.0, bias=0.5)
    enough = -danger(CALM) - 0.4
    assert find_emergency(CALM) is None
    assert looks.find_emergency(CALM, np.array([enough, 0], np.float32)) is not None
    assert looks.find_emergency(CALM, np.array([enough - 0.2, 9], np.float32)) is None
    assert looks.find_emergency("", np.array([99, 0], np.float32)) is None


def test_one_made_for_another_encoder_is_not_used() -> None:
    assert load_second_look("of another encoder") is None


def test_a_file_that_is_not_the_cards_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = second_look.CARD.read_text("utf-8")
    fingerprint = card.split('encoder = "')[1].split('"')[0]
    assert load_second_look.__wrapped__(fingerprint).direction.shape == (384,)
    other = tmp_path / "second_look.safetensors"
    other.write_bytes(second_look.WEIGHTS.read_bytes()[:-1] + b"x")
    monkeypatch.setattr(second_look, "WEIGHTS", other)
    with pytest.raises(ValueError, match="restore both from git"):
        load_second_look.__wrapped__(fingerprint)


def test_what_it_sees_comes_first_in_the_reply(models: Callable[..., Models]) -> None:
    made = models("ask_overview")
    assert made.words is not None
    alarmed = SecondLook(np.zeros(FakeEncoder().dimension, np.float32), of_floor=0.0, bias=1.0)
    made = replace(made, words=replace(made.words, second_look=alarmed))
    reply, _ = respond(Turn(CALM), Conversation(), made)
    assert (reply.action, reply.intent) == ("triage", "emergency")
    assert reply.text.startswith("**This can be an emergency.")
