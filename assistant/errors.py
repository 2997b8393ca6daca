"""The one error whose message is meant for the person."""


class GalenoError(Exception):
    """Shown as it is: one sentence that says what was wrong and what to do."""
