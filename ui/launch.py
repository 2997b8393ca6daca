"""The options of ``launch()``: in Gradio 6 the look and the limits of the server stand here."""

from typing import Any

from assistant.settings import Settings
from ui.theme import FAVICON, STYLE_SHEET, galeno_theme

#: What a browser may send at once; the analyzer refuses large pictures before this, with a reason.
MAX_UPLOAD = "64mb"

HEAD = """
<meta name="color-scheme" content="light dark">
<meta name="description" content="Brain tumors and pneumonia, with sources, in Spanish and English.">
<meta name="referrer" content="no-referrer">
"""


def launch_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for ``gr.Blocks.launch``: nothing shared, nothing recorded, no error details."""
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "theme": galeno_theme(),
        "css_paths": [STYLE_SHEET],
        "head": HEAD,
        "favicon_path": FAVICON,
        "footer_links": [],
        "max_file_size": MAX_UPLOAD,
        "share": False,
        "show_error": False,
        "strict_cors": True,
        "enable_monitoring": False,
        "run_history": False,
        "ssr_mode": False,
        "quiet": True,
    }
