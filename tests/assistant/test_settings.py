import pytest

from assistant.settings import SettingError, read_settings


def test_defaults_stay_on_this_machine() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port) == ("127.0.0.1", 7860)


@pytest.mark.parametrize("hosted", [{"SPACE_ID": "a/b"}, {"GALENO_CONTAINER": "1"}])
def test_a_space_or_container_listens_outside(hosted: dict[str, str]) -> None:
    assert read_settings(hosted).host == "0.0.0.0"
    assert read_settings(hosted | {"HOST": "10.0.0.1"}).host == "10.0.0.1"


@pytest.mark.parametrize("value", ["http", "-1", "70000", "7860.5"])
def test_a_bad_port_is_named(value: str) -> None:
    with pytest.raises(SettingError, match=f"PORT is '{value}'"):
        read_settings({"PORT": value})


def test_the_emergency_number_can_be_set() -> None:
    assert read_settings({"GALENO_EMERGENCY_NUMBER": "999"}).emergency_number == "999"


def test_a_look_beyond_can_be_switched_off_or_sent_elsewhere() -> None:
    assert read_settings({}).look_up == "on"
    assert read_settings({"GALENO_LOOK_UP": "off"}).look_up == "off"
    assert read_settings({"GALENO_LOOK_UP": "http://127.0.0.1:1/ws"}).look_up == "http://127.0.0.1:1/ws"
    with pytest.raises(SettingError, match="GALENO_LOOK_UP is 'maybe'"):
        read_settings({"GALENO_LOOK_UP": "maybe"})


@pytest.mark.parametrize(("value", "offered"), [("", True), ("on", True), ("off", False)])
def test_the_tools_for_programs_can_be_switched_off(value: str, offered: bool) -> None:
    assert read_settings({"GALENO_MCP": value}).mcp is offered
    assert read_settings({}).mcp is True


@pytest.mark.parametrize("value", ["true", "0", "ON "])
def test_a_switch_that_is_neither_on_nor_off_is_named(value: str) -> None:
    with pytest.raises(SettingError, match=f"GALENO_MCP is '{value}'; expected on or off"):
        read_settings({"GALENO_MCP": value})


def test_no_language_model_unless_one_is_named() -> None:
    assert read_settings({}).language_model == ""
    settings = read_settings({"GALENO_LANGUAGE_MODEL": "models/small", "GALENO_LANGUAGE_MODEL_SECONDS": "7"})
    assert (settings.language_model, settings.language_model_seconds) == ("models/small", 7)
    with pytest.raises(SettingError, match="GALENO_LANGUAGE_MODEL_SECONDS is '0'"):
        read_settings({"GALENO_LANGUAGE_MODEL_SECONDS": "0"})
