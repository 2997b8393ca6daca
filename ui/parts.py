"""The components of the page that its handlers change."""

from dataclasses import dataclass
from typing import Any

import gradio as gr


@dataclass(frozen=True, slots=True)
class Parts:
    """One of each, as ``ui.chat`` lays them out and ``ui.events`` binds them.

    ``again`` and ``aside`` show nothing: through them the page's scripts tell what was pressed in HTML of
    ours, ``again`` what makes a turn, ``aside`` what does not. ``download`` carries a file to the scripts,
    ``session`` the name by which the server knows the page.
    """

    brand: gr.HTML
    language: gr.Radio
    audience: gr.Radio
    menu: gr.HTML
    new: gr.Button
    about: gr.Button
    chat_column: gr.Column
    welcome: gr.HTML
    chatbot: gr.Chatbot
    box: gr.MultimodalTextbox
    note: gr.HTML
    about_column: gr.Column
    back: gr.Button
    article: gr.HTML
    again: gr.HTML
    aside: gr.HTML
    download: gr.Textbox
    session: gr.Textbox

    def translatable(self) -> list[Any]:
        """Those with words of their own, in the order of ``interface.translated``."""
        return [
            self.brand, self.language, self.audience, self.menu, self.new, self.about,
            self.welcome, self.chatbot, self.box, self.note, self.back,
        ]  # fmt: skip
