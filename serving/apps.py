"""The four applications by name, for a Serve configuration: ``import_path: serving.apps:gate``.

``GALENO_ENCODER`` is the front's setting, and must be the same on both sides: with another encoder a front
asks its own.
"""

import os

from serving.deployments import NAMES, application

_ENCODER = os.environ.get("GALENO_ENCODER", "")

gate, chest_xray, brain_mri, encoder = (application(name, encoder=_ENCODER) for name in NAMES)
