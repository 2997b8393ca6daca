"""What must hold of whatever is drawn: each property, what it is drawn from, its share of examples."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from tests.fuzz import clients, dicoms, messages, pictures
from tests.fuzz.decoding import check_decoding
from tests.fuzz.talking import check_conversation, check_danger


@dataclass(frozen=True, slots=True)
class Property:
    """``check`` raises where a value of ``values`` breaks it. ``in_suite``: the examples in ``make test``.
    ``needs_models``: the real ones, which take seconds to load."""

    name: str
    values: st.SearchStrategy[Any]
    check: Callable[[Any], None]
    in_suite: int
    needs_models: bool = False

    def hold(self, how: settings, number: int | None = None) -> int:
        """How many examples it held for; ``number`` is the seed, ``None`` for the one of ``how``. Raises what
        the smallest counterexample raises, which its notes tell."""
        seen = 0

        def check(value: Any) -> None:
            nonlocal seen
            seen += 1
            self.check(value)

        drawn = given(self.values)(settings(how)(check))
        (drawn if number is None else seed(number)(drawn))()
        return seen


PROPERTIES = (
    Property("damaged_pictures", pictures.DAMAGED, lambda file: check_decoding(file.content()), 200),
    Property("noise", pictures.NOISE, check_decoding, 100),
    Property(
        "dicom_files", dicoms.DICOM_FILES, lambda file: check_decoding(file.content(), file.secrets), 120
    ),
    Property("conversations", messages.CONVERSATIONS, check_conversation, 12, needs_models=True),
    Property("dangers", messages.DANGERS, check_danger, 40, needs_models=True),
    Property("presses", clients.PRESSES, clients.check_press, 200),
    Property("boxes", clients.BOXES, clients.check_box, 200),
    Property("calls", clients.CALLS, clients.check_call, 200, needs_models=True),
)
