"""The look of the page: Gradio's variables for light and dark, our style sheet, font and scripts, the icon.

The font lies beside the style sheet (Atkinson Hyperlegible Next, made for the Braille Institute, to be read
with low vision), so that the page asks nothing of any other site.
Contrast of every text colour on its background is at least 4.5:1 (WCAG 2.2, AA), in both modes.
"""

from pathlib import Path
from urllib.parse import quote

import gradio as gr
from gradio.themes import Base, Color, sizes

STATIC = Path(__file__).resolve().parent / "static"
STYLE_SHEET = STATIC / "galeno.css"
FAVICON = STATIC / "favicon.svg"
LOGO = STATIC / "logo.svg"

FONTS = STATIC / "fonts"
#: In the order in which a browser runs them.
SCRIPTS = tuple(
    STATIC / "js" / f"{name}.js"
    for name in ("preferences", "page", "viewer", "transcript", "attach", "connection")
)

#: The font of the page, in its upright and its slanted style.
FACES = {
    "normal": FONTS / "atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "italic": FONTS / "atkinson-hyperlegible-next-latin-wght-italic.woff2",
}

SYSTEM_FONTS = (
    "Atkinson Hyperlegible Next",
    "ui-sans-serif",
    "system-ui",
    "Segoe UI",
    "Roboto",
    "Noto Sans",
    "sans-serif",
)
MONO_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

#: The one accent: a deep green-blue. 700 on white is 6.5:1, 300 on 900 of STONE 9:1.
LAGOON = Color(
    name="lagoon",
    c50="#eef7f6", c100="#dceeec", c200="#b9dedb", c300="#86c8c3", c400="#4daba5",
    c500="#248d88", c600="#15736f", c700="#0f605d", c800="#0d4e4c", c900="#0c3f3e", c950="#062827",
)  # fmt: skip

#: Warm greys, from paper to ink.
STONE = Color(
    name="stone",
    c50="#faf8f5", c100="#f3f0ea", c200="#e6e1d8", c300="#d2cbbf", c400="#a39b8e",
    c500="#736c61", c600="#59534a", c700="#413d36", c800="#2a2925", c900="#1b1c1b", c950="#131514",
)  # fmt: skip


def serve_fonts() -> None:
    """Lets the page's server give out the font, file by file."""
    gr.set_static_paths([*FACES.values()])


def address(path: Path) -> str:
    """Where Gradio serves the file: named from the working folder where it can be, so that the page does not
    tell a visitor where on the server it lies."""
    path, here = path.resolve(), Path.cwd().resolve()
    name = path.relative_to(here) if path.is_relative_to(here) else path
    return f"gradio_api/file={quote(name.as_posix())}"


def font_faces() -> str:
    """The ``@font-face`` rules. Text is shown at once, in the visitor's own font until ours is there."""
    return "".join(
        f'@font-face{{font-family:"Atkinson Hyperlegible Next";font-style:{style};font-weight:200 800;'
        f"font-display:swap;src:url({address(path)}) format('woff2')}}"
        for style, path in FACES.items()
    )


def galeno_theme() -> Base:
    """The theme: paper and ink with one accent, round and quiet."""
    theme = Base(
        primary_hue=LAGOON,
        secondary_hue=LAGOON,
        neutral_hue=STONE,
        text_size=sizes.text_md,
        spacing_size=sizes.spacing_md,
        radius_size=sizes.radius_lg,
        font=SYSTEM_FONTS,
        font_mono=MONO_FONTS,
    )
    return theme.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="#e9e6df",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="#b4ada1",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_100",
        background_fill_secondary_dark="#232423",
        border_color_primary="*neutral_200",
        border_color_primary_dark="#383733",
        border_color_accent="*primary_600",
        border_color_accent_dark="*primary_400",
        color_accent="*primary_700",
        color_accent_soft="*primary_50",
        color_accent_soft_dark="#12302f",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        link_text_color_hover="*primary_800",
        link_text_color_hover_dark="*primary_200",
        link_text_color_visited="*primary_700",
        link_text_color_visited_dark="*primary_300",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_shadow="none",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="#b4ada1",
        input_background_fill="#ffffff",
        input_background_fill_dark="*neutral_900",
        input_border_color="*neutral_300",
        input_border_color_dark="#4a4842",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="#9c958a",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_300",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_200",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="*neutral_950",
        button_secondary_background_fill="transparent",
        button_secondary_background_fill_dark="transparent",
        button_secondary_background_fill_hover="*neutral_100",
        button_secondary_background_fill_hover_dark="#2a2b2a",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="#4a4842",
        button_secondary_text_color="*neutral_900",
        button_secondary_text_color_dark="#e9e6df",
        chatbot_text_size="*text_lg",
    )
