"""How one reading is told, in both languages."""

from dataclasses import replace
from typing import get_args

import pytest

from assistant.citing import Citations
from assistant.messages import Messages, messages
from assistant.reading import certainty, next_steps, other_map, tell, why
from tests.assistant.conftest import brain_analysis
from vision_models.analysis import Analysis
from vision_models.classifier import Doubt

DOUBTS: tuple[Doubt, ...] = get_args(Doubt)


@pytest.fixture(params=["en", "es"])
def say(request: pytest.FixtureRequest) -> Messages:
    return messages(request.param)


def told(analysis: Analysis, say: Messages) -> str:
    return tell(analysis, None, "patient", say, Citations())


def chest_analysis(finding: str = "bacterial_pneumonia", **changes: object) -> Analysis:
    names = ("normal", "bacterial_pneumonia", "viral_pneumonia", "covid19")
    facts: dict[str, object] = {
        "image": "film.png",
        "verdict": "chest_xray",
        "modality": "chest_xray",
        "probabilities": dict(zip(names, (0.05, 0.5, 0.4, 0.05), strict=True)),
        "model": "chest_xray-1.0.0",
    }
    return replace(brain_analysis(), **(facts | {"finding": finding, "target_class": finding} | changes))


def sentence(say: Messages, key: str, *after: str) -> str:
    """The sentence of that key from its last placeholder in ``after`` on: known by its words."""
    words = say(f"reading.{key}")
    for placeholder in after:
        words = words.split(f"{{{placeholder}}}")[1]
    return words


def test_the_doubts_that_are_told_are_those_of_the_classifier(say: Messages) -> None:
    assert DOUBTS
    assert [doubt for doubt in DOUBTS if not say.has(f"reading.doubt_{doubt}")] == []


@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_doubt_is_told_with_the_finding_and_with_the_certainty(doubt: str, say: Messages) -> None:
    analysis = brain_analysis("glioma", 0.55, abstained=True, doubts=(doubt,))
    words = say(f"reading.doubt_{doubt}")
    for text in (told(analysis, say), certainty(analysis, say)):
        assert text.count(words) == 1
        assert sum(say(f"reading.doubt_{other}") in text for other in DOUBTS) == 1
    assert sentence(say, "certainty_abstained") in certainty(analysis, say)


def test_several_doubts_are_told_in_order(say: Messages) -> None:
    doubts = ("between", "unlike", "contradiction")
    text = told(brain_analysis("no_tumor", 0.6, abstained=True, doubts=doubts), say)
    places = [text.index(say(f"reading.doubt_{doubt}")) for doubt in doubts]
    assert places == sorted(places)
    assert " ".join(say(f"reading.doubt_{doubt}") for doubt in doubts) in text


def test_a_reading_without_doubt_tells_none(say: Messages) -> None:
    analysis = brain_analysis("glioma", 0.95)
    for text in (told(analysis, say), certainty(analysis, say)):
        assert not any(say(f"reading.doubt_{doubt}") in text for doubt in DOUBTS)
        assert say("reading.certainty_abstained") not in text


def test_an_outline_is_told_with_its_share_after_the_map(say: Messages) -> None:
    text = told(brain_analysis("glioma", 0.93, outline_share=0.124), say)
    expected = say("reading.outline", share=say.percent(0.124))
    assert say.percent(0.124) in expected
    where = say("reading.where", region=say("regions.upper_left"))
    assert f"{where} {expected}" in text
    assert say("reading.outline_missing") not in text


@pytest.mark.parametrize(("language", "words"), [("en", "takes up 12% of"), ("es", "ocupa el 12 % de")])
def test_the_share_stands_in_its_sentence(language: str, words: str) -> None:
    assert words in told(brain_analysis("glioma", 0.93, outline_share=0.124), messages(language))


def test_a_tiny_outline_has_no_share_of_nothing(say: Messages) -> None:
    text = told(brain_analysis("pituitary_tumor", 0.93, outline_share=0.004), say)
    assert say("reading.outline", share=say.percent(0.004)) in text
    assert "<1" in text


def test_a_tumor_without_an_outline_says_so(say: Messages) -> None:
    assert say("reading.outline_missing") in told(brain_analysis("glioma", 0.93), say)


@pytest.mark.parametrize(
    "analysis",
    [
        brain_analysis("no_tumor", 0.97),
        chest_analysis(),
        chest_analysis("normal"),
        chest_analysis("pneumonia"),
    ],
    ids=lambda analysis: str(analysis.finding),
)
def test_nothing_is_said_of_an_outline_where_none_is_looked_for(analysis: Analysis, say: Messages) -> None:
    text = told(analysis, say)
    assert say("reading.outline_missing") not in text
    assert sentence(say, "outline", "share") not in text


def hidden(analysis: Analysis) -> Analysis:
    return replace(analysis, map_holds=False, region=None, saliency=None, map_drop=0.01)


@pytest.mark.parametrize("shown", [brain_analysis(), brain_analysis("no_tumor"), chest_analysis()])
def test_a_map_that_is_not_shown_is_said_and_no_place_is_named(shown: Analysis, say: Messages) -> None:
    text = told(hidden(shown), say)
    assert text.count(say("reading.map_hidden")) == 1
    assert say("reading.map_hidden") not in told(shown, say)
    assert sentence(say, "where", "region") not in text
    assert say("reading.where_none") not in text


def test_without_its_map_a_tumor_still_has_its_outline(say: Messages) -> None:
    text = told(hidden(brain_analysis("glioma", 0.93, outline_share=0.2)), say)
    assert f"{say('reading.map_hidden')} {say('reading.outline', share=say.percent(0.2))}" in text


def test_why_names_the_place_or_says_that_there_is_no_map(say: Messages) -> None:
    analysis = brain_analysis("glioma", 0.93)
    assert say("regions.upper_left") in why(analysis, say)
    assert say("findings.glioma") in why(analysis, say)
    assert why(hidden(analysis), say) == say("reading.map_hidden")


def test_another_map_gives_its_probability_whether_shown_or_not(say: Messages) -> None:
    analysis = replace(brain_analysis("glioma", 0.7), target_class="meningioma")
    shown, not_shown = other_map(analysis, say), other_map(hidden(analysis), say)
    for text in (shown, not_shown):
        assert say("findings.meningioma") in text
        assert say.percent(0.1) in text
    assert sentence(say, "other", "finding", "probability") in shown
    assert sentence(say, "other_hidden", "finding", "probability") in not_shown


def test_the_map_of_an_open_cause_has_the_share_of_its_kinds(say: Messages) -> None:
    text = other_map(chest_analysis("pneumonia"), say)
    assert say.percent(0.95) in text
    assert say("findings.pneumonia") in text


def test_nothing_is_left_to_fill_in_and_no_gap_stays(say: Messages) -> None:
    for shown in (brain_analysis(outline_share=0.1), brain_analysis(), chest_analysis("pneumonia")):
        for analysis in (shown, hidden(shown), replace(shown, abstained=True, doubts=DOUBTS)):
            for tale in (told, certainty, why, other_map, next_steps):
                text = tale(analysis, say)
                assert "{" not in text
                assert "  " not in text
                assert "None" not in text


@pytest.mark.parametrize(
    ("finding", "changes", "key"),
    [
        ("normal", {}, "next"),
        ("normal", {"abstained": True, "doubts": ("other_sign",)}, "next_urgent"),
        ("viral_pneumonia", {}, "next_urgent"),
    ],
    ids=["healthy", "healthy in doubt", "ill"],
)
def test_only_a_healthy_reading_without_a_doubt_can_wait(
    finding: str, changes: dict[str, object], key: str, say: Messages
) -> None:
    analysis = chest_analysis(finding, **changes)
    other = {"next": "next_urgent", "next_urgent": "next"}[key]
    for text in (told(analysis, say), next_steps(analysis, say)):
        assert say(f"reading.{key}") in text
        assert say(f"reading.{other}") not in text
