"""What whoever hosts Galeno may choose, read once from the environment; a bad value stops at once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


class SettingError(Exception):
    """A setting that makes no sense; the message names it, its value, and what was expected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """``encoder`` empty means the shipped one; else a sentence-transformers name or folder. ``look_up``:
    whether MedlinePlus may be asked when somebody wants it: ``off``, ``on``, or another service's address.
    ``language_model``: a folder or hub name of a model that rephrases answers, empty for none, and
    ``language_model_seconds`` how long it may take for one. ``feedback``: a file that thumbs are written to,
    empty for none. ``mcp``: whether it offers itself as MCP tools. ``on_a_space``: whether the hub shows the
    page inside its own. ``user`` and ``password``: what a visitor must give, both empty for nothing.
    ``serve_url``: where ``python -m serving`` answers for the models, empty for the ones here alone."""

    host: str = "127.0.0.1"
    port: int = 7860
    threads: int = 2
    emergency_number: str = "112 / 911"
    crisis_line_en: str = "988 in the US, 116 123 in the UK, 024 in Spain"
    crisis_line_es: str = "024 en España, 988 en EE. UU."
    encoder: str = ""
    look_up: str = "off"
    language_model: str = ""
    language_model_seconds: int = 20
    feedback: str = ""
    max_text: int = 4000
    mcp: bool = True
    on_a_space: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    serve_url: str = ""

    def crisis_line(self, language: str) -> str:
        return self.crisis_line_es if language == "es" else self.crisis_line_en


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """``HOST``, ``PORT`` and ``GALENO_…`` (see docs). Raises ``SettingError``.

    ``HOST`` is 0.0.0.0 on a Space (``SPACE_ID`` is set there) or in a container (``GALENO_CONTAINER``).
    """
    defaults = Settings()
    hosted = bool(environment.get("SPACE_ID") or environment.get("GALENO_CONTAINER"))
    return Settings(
        host=environment.get("HOST") or ("0.0.0.0" if hosted else defaults.host),
        port=_number(environment, "PORT", defaults.port, 0, 65535),
        threads=_number(environment, "GALENO_THREADS", defaults.threads, 1, 64),
        emergency_number=environment.get("GALENO_EMERGENCY_NUMBER") or defaults.emergency_number,
        crisis_line_en=environment.get("GALENO_CRISIS_LINE") or defaults.crisis_line_en,
        crisis_line_es=environment.get("GALENO_CRISIS_LINE") or defaults.crisis_line_es,
        encoder=environment.get("GALENO_ENCODER", defaults.encoder),
        look_up=_look_up(environment.get("GALENO_LOOK_UP") or "on"),
        language_model=environment.get("GALENO_LANGUAGE_MODEL", defaults.language_model),
        language_model_seconds=_number(
            environment, "GALENO_LANGUAGE_MODEL_SECONDS", defaults.language_model_seconds, 1, 600
        ),
        feedback=environment.get("GALENO_FEEDBACK", defaults.feedback),
        max_text=defaults.max_text,
        mcp=_on_or_off(environment, "GALENO_MCP", defaults.mcp),
        on_a_space=bool(environment.get("SPACE_ID")),
        user=_user(environment),
        password=environment.get("GALENO_PASSWORD", defaults.password),
        serve_url=_serve_url(environment.get("GALENO_SERVE_URL", defaults.serve_url)),
    )


def _look_up(value: str) -> str:
    if value not in ("on", "off") and not value.startswith(("https://", "http://")):
        raise SettingError(f"GALENO_LOOK_UP is {value!r}; expected on, off, or the address of a service")
    return value


def _serve_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if value and not good:
        raise SettingError(f"GALENO_SERVE_URL is {value!r}; expected http:// or https://, a name and a port")
    return value


def _user(environment: Mapping[str, str]) -> str:
    user, password = environment.get("GALENO_USER", ""), environment.get("GALENO_PASSWORD", "")
    if bool(user) != bool(password):
        missing = "GALENO_PASSWORD" if user else "GALENO_USER"
        raise SettingError(f"{missing} is empty; expected both GALENO_USER and GALENO_PASSWORD, or neither")
    return user


def _on_or_off(environment: Mapping[str, str], name: str, default: bool) -> bool:
    value = environment.get(name) or ("on" if default else "off")
    if value not in ("on", "off"):
        raise SettingError(f"{name} is {value!r}; expected on or off")
    return value == "on"


def _number(environment: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = environment.get(name) or str(default)
    if not value.isdecimal() or not low <= int(value) <= high:
        raise SettingError(f"{name} is {value!r}; expected a whole number from {low} to {high}")
    return int(value)
