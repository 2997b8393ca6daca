from copy import deepcopy

from ui.pace import TURNS, WINDOW, Pace


def test_a_person_is_never_slowed_and_a_flood_is() -> None:
    clock = [0.0]
    pace = Pace(lambda: clock[0])
    for _ in range(10 * TURNS):
        assert pace.wait() == 0
        clock[0] += WINDOW / TURNS
    for _ in range(TURNS):
        pace.wait()
    assert 0 < pace.wait() <= WINDOW
    clock[0] += WINDOW
    assert pace.wait() == 0


def test_what_was_turned_away_does_not_count() -> None:
    clock = [0.0]
    pace = Pace(lambda: clock[0])
    assert [pace.wait() for _ in range(TURNS)] == [0] * TURNS
    clock[0] = WINDOW - 1
    assert pace.wait() == 1
    clock[0] = WINDOW
    assert pace.wait() == 0


def test_every_visitor_has_a_pace_of_their_own() -> None:
    one = Pace(lambda: 0.0)
    other = deepcopy(one)
    for _ in range(TURNS):
        one.wait()
    assert one.wait() > 0
    assert other.wait() == 0
