"""The options of ``launch()``: in Gradio 6 the look and the limits of the server stand here."""

from typing import Any

from assistant.models import Models
from assistant.settings import Settings
from ui.interface import translations
from ui.server import server_options
from ui.theme import FACES, FAVICON, SCRIPTS, STYLE_SHEET, address, font_faces, galeno_theme
from ui.welcome import thumbnails_style

#: What a browser may send at once; the analyzer refuses large pictures before this, with a reason.
MAX_UPLOAD = "64mb"

#: Pages that are remembered at once, some 6 kB each before anything is said; of more, the oldest goes.
MOST_SESSIONS = 1000

HEAD = """
<meta name="color-scheme" content="light dark">
<meta name="description" content="Brain tumors and pneumonia, with sources, in Spanish and English.">
<meta name="referrer" content="no-referrer">
"""


def launch_options(settings: Settings, models: Models | None = None) -> dict[str, Any]:
    """Keyword arguments for ``gr.Blocks.launch``: nothing shared, nothing recorded, no error details.

    ``models`` are those whose health is told.
    """
    return {
        **server_options(models, settings.on_a_space),
        "server_name": settings.host,
        "server_port": settings.port,
        "theme": galeno_theme(),
        "css": font_faces() + thumbnails_style(),
        "css_paths": [STYLE_SHEET],
        "head": head(),
        "i18n": translations(settings),
        "favicon_path": FAVICON,
        "footer_links": [],
        "max_file_size": MAX_UPLOAD,
        "state_session_capacity": MOST_SESSIONS,
        "mcp_server": settings.mcp,
        "auth": (settings.user, settings.password) if settings.user else None,
        "share": False,
        "show_error": False,
        "strict_cors": True,
        "enable_monitoring": False,
        "run_history": False,
        "ssr_mode": False,
        "quiet": True,
    }


def head() -> str:
    """What stands in the page's head: the font is asked for at once, and the scripts run before the page is
    drawn, so that it begins in the visitor's own colours and size, and none of them misses what is drawn.
    That is why they are written out: Gradio waits for no script that has an address."""
    font = f'<link rel="preload" as="font" type="font/woff2" crossorigin href="{address(FACES["normal"])}">'
    scripts = "".join(f"<script>{path.read_text(encoding='utf-8')}</script>" for path in SCRIPTS)
    return f"{HEAD}{font}{scripts}"
