"""How hypothesis works here: without a database; what it caches is in the system's temporary folder."""

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / f"hypothesis-{os.getuid()}")

#: What both share. Each property measures its own time, so a slow example is no reason to stop.
_ANY = settings(
    database=None, deadline=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False
)
#: In the suite: the same examples every time.
SUITE = settings(_ANY, derandomize=True)
#: For as long as somebody lets it.
SOAK = settings(_ANY, max_examples=200)
