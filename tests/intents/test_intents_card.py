import tomllib

from intents.card import to_toml


def test_what_is_written_reads_back() -> None:
    table = {
        "name": 'a "quoted" ñ',
        "share": 0.123456,
        "count": 3,
        "few": ["a", "b"],
        "many": [str(number) for number in range(12)],
        "inner": {"deep": {"x": 1.0}, "y": 2},
        "pairs": [{"a": 1}, {"a": 2}],
    }
    assert tomllib.loads(to_toml(table)) == table | {"share": 0.1235}
