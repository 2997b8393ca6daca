"""Every hostile file: decoded or refused at little cost, and answered kindly by the real models."""

import time

import numpy as np
import pytest

from assistant.conversation import Attachment, Language, Turn
from assistant.messages import messages
from assistant.models import Models
from tests.hostile import memory
from tests.hostile.dicom_files import IDENTIFIERS
from tests.hostile.files import FILES
from tests.hostile.hostile_file import OF_THE_FILE, HostileFile
from tests.hostile.names import HOSTILE_NAMES
from tests.hostile.pictures import OWNER, PLACE
from tests.hostile.running import Hostile, Run, run
from vision_models.image_io import MAX_PIXELS, MIN_SIDE, ImageError, decode

#: Megabytes that decoding any of them may need for a moment. A sound picture of a few megapixels needs as
#: much; before the limits some of these needed gigabytes.
PEAK = 100
#: Seconds of the processor for decoding alone, and for the whole turn with a reading.
DECODED_WITHIN, TURN_WITHIN = 1.0, 2.0
#: Megabytes that may be in use more at the end: the interpreter's own growth over hundreds of turns (caches
#: that are bounded, heap in pieces), and less than one decoded picture of 20 megapixels that was kept.
KEPT = 60

#: Lines that a decoder in C may write about one file: it says once that it gives up.
LINES = 2
SECRETS = (*IDENTIFIERS.values(), OWNER, PLACE)

each = pytest.mark.parametrize("file", FILES, ids=lambda file: file.label)


def _language(file: HostileFile) -> Language:
    return "es" if FILES.index(file) % 2 else "en"


# Decoding alone


def test_there_are_enough_and_each_is_its_own() -> None:
    assert len(FILES) >= 80
    assert len({file.label for file in FILES}) == len(FILES)
    assert {reason for file in FILES for reason in file.reasons} <= OF_THE_FILE


def _decoded(content: bytes) -> tuple[np.ndarray | None, str | None, float]:
    """The picture or the reason for none, and the processor's seconds."""
    started = time.process_time()
    try:
        image, reason = decode(content), None
    except ImageError as error:
        image, reason = None, error.reason
    return image, reason, time.process_time() - started


@each
def test_a_file_is_a_clean_picture_or_a_reason_at_little_cost(
    file: HostileFile, capfd: pytest.CaptureFixture[str]
) -> None:
    content = file.make()
    before = memory.start_peak() if memory.is_measured() else 0.0
    image, reason, seconds = _decoded(content)
    if memory.is_measured():
        assert memory.peak() - before < PEAK
    written = "".join(capfd.readouterr())
    if seconds > DECODED_WITHIN:  # beside others on the same processor a second is not a second
        seconds = min(_decoded(content)[2] for _ in range(2))
    assert seconds < DECODED_WITHIN
    assert written.count("\n") <= LINES
    assert not any(secret in written for secret in SECRETS)
    if image is None:
        assert file.expected != "read"
        assert reason in file.reasons
        return
    assert file.expected != "refused"
    assert image.dtype == np.uint8
    assert image.ndim == 3
    assert image.shape[2] == 3
    assert min(image.shape[:2]) >= MIN_SIDE
    assert image.shape[0] * image.shape[1] <= MAX_PIXELS


# Whole turns


@pytest.fixture(scope="module")
def corpus(models: Models) -> Run:
    return run(
        (
            Hostile(
                file.label,
                lambda file=file: Turn(images=(Attachment(file.name, file.make()),)),
                _language(file),
                SECRETS,
            )
            for file in FILES
        ),
        models,
    )


@pytest.mark.model
@each
def test_a_turn_answers_it_kindly_and_the_next_one_works(corpus: Run, file: HostileFile) -> None:
    outcome = corpus.of(file.label)
    reply, after = outcome.reply, outcome.after
    assert (reply.language, reply.action) == (_language(file), "analysis")
    assert len(reply.text) > 20
    assert outcome.faults == ()
    assert outcome.seconds < TURN_WITHIN
    assert (after.language, after.action) == (_language(file), "answer")
    assert after.citations[0].topic == "meningioma"


@pytest.mark.model
@each
def test_what_is_refused_has_its_reason_and_nothing_else(corpus: Run, file: HostileFile) -> None:
    outcome = corpus.of(file.label)
    (reading,) = outcome.readings
    if reading["verdict"] != "rejected":
        assert file.expected != "refused"
        assert sum(reading["probabilities"].values()) == pytest.approx(1, abs=0.01)
        return
    assert (reading["modality"], reading["finding"], reading["model"]) == (None, None, None)
    assert reading["probabilities"] == {}
    assert reading["prediction_set"] == []
    of_the_file = reading["reason"] in OF_THE_FILE
    assert (
        reading["reason"] in file.reasons
        if file.expected == "refused"
        else of_the_file <= (file.expected == "either")
    )
    assert messages(outcome.reply.language)(f"rejected.{reading['reason']}") in outcome.reply.text
    assert "%" not in outcome.reply.text


@pytest.mark.model
@pytest.mark.parametrize("file", HOSTILE_NAMES, ids=lambda file: file.label)
def test_a_name_is_told_as_letters_in_one_line(corpus: Run, file: HostileFile) -> None:
    """Nothing of a name is more than letters, and none of them ends the sentence that tells it."""
    reply = corpus.of(file.label).reply
    told = reply.text.split("**")[1]
    assert 0 < len(told) <= 60
    assert all(character.isalnum() or character in " .-" for character in told)
    assert ". " not in told
    assert "\n" not in reply.text


@pytest.mark.model
def test_memory_comes_back_and_the_log_says_nothing_of_anyone(corpus: Run) -> None:
    assert corpus.raised == {}
    assert corpus.after - corpus.before < KEPT
    for secret in (*SECRETS, *(file.name for file in HOSTILE_NAMES if file.name)):
        assert len(secret) < 4 or secret not in corpus.logged
