"""CLINC150 (Larson et al. 2019): what people ask assistants of other trades, none of it Galeno's business.

https://github.com/clinc/oos-eval; English. The sample in the data pack is read where there is one.
"""

import gzip
import json
from pathlib import Path

from intents.examples import Example

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SAMPLE = Path("text") / "clinc150_sample.jsonl.gz"
#: What an mpnet encoder reached on CLINC150, as published.
PUBLISHED = (0.92, 0.815)
#: Its intents that Galeno answers, with small talk or otherwise: no measure of what is out of scope.
ALSO_OURS = frozenset(
    (
        "are_you_a_bot", "cancel", "change_ai_name", "change_language", "change_user_name", "definition",
        "do_you_have_pets", "fun_fact", "goodbye", "greeting", "how_old_are_you", "maybe", "meaning_of_life",
        "no", "repeat", "tell_joke", "thank_you", "translate", "user_name", "vaccines",
        "what_are_your_hobbies", "what_can_i_ask_you", "what_is_your_name", "where_are_you_from",
        "who_do_you_work_for", "who_made_you", "yes",
    )
)  # fmt: skip


def read_clinc150(data: Path = DATA) -> dict[str, tuple[Example, ...]]:
    """``oos``, its utterances out of scope, and ``others``, those of intents that are not Galeno's either.

    Empty where ``data`` has no sample; ``ValueError`` names a wrong line.
    """
    path = data / SAMPLE
    if not path.is_file():
        return {}
    groups: dict[str, list[Example]] = {"oos": [], "others": []}
    try:
        lines = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: expected lines of JSON packed with gzip: {error}") from error
    for number, line in enumerate(lines, start=1):
        text, intent = _entry(line, f"{path}:{number}")
        if intent not in ALSO_OURS:
            groups["oos" if intent == "oos" else "others"].append(Example(text, "offtopic", "en"))
    return {name: tuple(examples) for name, examples in groups.items() if examples}


def _entry(line: str, place: str) -> tuple[str, str]:
    try:
        entry = json.loads(line)
        text, intent = entry["text"], entry["intent"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f'{place}: expected {{"text": …, "intent": …}}, got {line[:60]!r}') from error
    if not isinstance(text, str) or not isinstance(intent, str):
        raise ValueError(f"{place}: text and intent must be texts, got {line[:60]!r}")
    return text, intent
