"""One image to one row of the table, every column a string as it stands in the csv."""

import hashlib

from vision_models import image_io
from vision_models.analysis import CLASS_NAMES, Analysis
from vision_models.analyzer import Analyzer

Row = dict[str, str]

FINDINGS = CLASS_NAMES["chest_xray"] + CLASS_NAMES["brain_mri"]
COLUMNS = (
    *("path", "sha256", "verdict", "reason", "finding"),
    *(f"p_{name}" for name in FINDINGS),
    *("prediction_set", "abstained", "error", "model"),
)
#: Reasons that say the file gave no picture at all, rather than a picture that is refused.
NO_PICTURE = (
    "missing",
    "empty",
    "too_large",
    "too_small",
    "odd_shape",
    "unsupported",
    "compressed",
    "unreadable",
)


def row(path: str, content: bytes | None, analyzer: Analyzer) -> Row:
    """The row of one file; ``content`` is ``None`` where there is none."""
    analysis = analyzer.find(path, content)
    failed = analysis.verdict == "rejected" and analysis.reason in NO_PICTURE
    values = _empty(path)
    if content is not None and len(content) <= image_io.MAX_BYTES:
        values["sha256"] = hashlib.sha256(content).hexdigest()
    if failed:
        values["error"] = analysis.reason or ""
    else:
        values |= {"verdict": analysis.verdict, "reason": analysis.reason or ""}
    return values | (_reading(analysis) if analysis.accepted else {})


def crashed_row(path: str) -> Row:
    """Of a file that ended the process that read it, twice."""
    return _empty(path) | {"error": "crashed"}


def _empty(path: str) -> Row:
    return dict.fromkeys(COLUMNS, "") | {"path": path}


def _reading(analysis: Analysis) -> Row:
    shares = {f"p_{name}": f"{p:.6f}" for name, p in analysis.probabilities.items()}
    return shares | {
        "finding": analysis.finding or "",
        "prediction_set": "|".join(analysis.prediction_set),
        "abstained": "true" if analysis.abstained else "false",
        "model": analysis.model or "",
    }
