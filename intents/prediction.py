"""What the router says of one text."""

from dataclasses import dataclass, replace

#: The sections of the knowledge base; ``ask_<section>`` is the intent of asking for one.
SECTIONS = (
    "overview",
    "types",
    "causes",
    "risk_factors",
    "symptoms",
    "warning_signs",
    "diagnosis",
    "imaging_findings",
    "treatment",
    "recovery",
    "prognosis",
    "complications",
    "prevention",
    "transmission",
    "children_and_pregnancy",
    "living_with",
    "preparation",
    "risks",
    "how_it_works",
    "limitations",
)

ASK_INTENTS = tuple(f"ask_{section}" for section in SECTIONS)

#: Everything else a person may want. ``fallback`` ("none of these") is a class of its own.
OTHER_INTENTS = (
    "greeting",
    "thanks",
    "goodbye",
    "who_are_you",
    "capabilities",
    "small_talk",
    "worry",
    "insult",
    "compare_topics",
    "read_image",
    "explain_reading",
    "ask_certainty",
    "show_other_finding",
    "ask_next_steps",
    "dose_request",
    "self_diagnosis",
    "self_prognosis",
    "offtopic_medical",
    "offtopic",
    "repeat",
    "simplify",
    "change_language",
    "change_audience",
    "export",
    "web_search",
    "fallback",
)

INTENTS = ASK_INTENTS + OTHER_INTENTS


@dataclass(frozen=True, slots=True)
class IntentPrediction:
    """``confidence`` is 0..1 (1.0 for a rule); ``ambiguity_margin`` the lead over ``runner_up``.

    ``by_rule`` tells a rule from the classifier; ``argument`` is what a command asks for (``"en"``
    for change_language, ``"clinician"`` for change_audience, the term for web_search), ``"why"`` for an
    explain_reading that asks just that, else ``None``.
    ``torn`` says that the margin is too small to tell which of the two is meant.
    """

    intent: str
    confidence: float
    runner_up: str | None = None
    ambiguity_margin: float = 1.0
    by_rule: bool = False
    argument: str | None = None
    torn: bool = False

    @property
    def section(self) -> str | None:
        """The section asked for, where the intent is an ``ask_…`` of the knowledge base."""
        return self.intent.removeprefix("ask_") if self.intent in ASK_INTENTS else None

    def second(self) -> "IntentPrediction | None":
        """What the text means if it does not mean ``intent``; ``None`` where nothing else is likely."""
        return replace(self, intent=self.runner_up, torn=False) if self.torn and self.runner_up else None
