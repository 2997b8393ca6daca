"""The components of the page that its handlers change."""

from dataclasses import dataclass
from typing import Any

import gradio as gr


@dataclass(frozen=True, slots=True)
class Parts:
    """One of each, as ``ui.chat`` lays them out and ``ui.events`` binds them."""

    brand: gr.HTML
    language: gr.Radio
    audience: gr.Radio
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

    def translatable(self) -> list[Any]:
        """Those with words of their own, in the order in which the page's translation gives them."""
        return [
            self.brand, self.language, self.audience, self.new, self.about,
            self.welcome, self.chatbot, self.box, self.note, self.back, self.article,
        ]  # fmt: skip
