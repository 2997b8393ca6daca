"""What stops a run, in one sentence; the rows that were made are kept."""


class ScreenError(Exception):
    """The run cannot start, or go on; the message says what was wrong and what to do."""


def check_models(found: str, expected: str, where: str) -> None:
    """Raises ``ScreenError`` where a worker would read with other models than the rows before."""
    if found != expected:
        raise ScreenError(
            f"the models {where} are not those that this run began with ({found}, not {expected}): "
            "put those back and run the same command again to go on"
        )
