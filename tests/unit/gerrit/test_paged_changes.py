"""A list of changes that moves while it is read page by page."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gerritbot_er.errors import Transient
from gerritbot_er.gerrit.paged_changes import Listed, Page, PageTooLong, read_all
from gerritbot_er.model import Change, ChangeClosed


class Moving:
    """Changes, newest first; before each page the next of ``moves`` goes to the front."""

    def __init__(self, count: int, moves: list[int]) -> None:
        self.changes = [(number, 0) for number in range(1, count + 1)]
        self.moves = list(moves)
        self.clock = 0
        self.asked = 0

    def ask(self, start: int, size: int) -> Page:
        self.asked += 1
        if self.moves:
            self.clock += 1
            number = self.moves.pop(0)
            self.changes = [(number, self.clock), *(one for one in self.changes if one[0] != number)]
        page = self.changes[start : start + size]
        return [listed(number, at) for number, at in page], start + size < len(self.changes)


def listed(number: int, at: int) -> Listed:
    return Listed(number, at, (ChangeClosed(Change(number, "nova", "master"), at),))


@example(11, 2, [1, 1, 1, 7, 1, 2, 3, 4])  # a change of the same page comes again on the next
@given(st.integers(1, 12), st.integers(1, 4), st.lists(st.integers(1, 12), max_size=12))
def test_f04_no_change_is_missed_however_they_move(count: int, size: int, moves: list[int]) -> None:
    changes = Moving(count, [move for move in moves if move <= count])
    events = read_all(changes.ask, page=size)
    seen = {event.change.number: event.at for event in events if isinstance(event, ChangeClosed)}
    assert len(seen) == len(events) == count, "each once"
    assert [event.at for event in events] == sorted(event.at for event in events)
    if not changes.moves:
        unmoved = {number for number, at in changes.changes if not at}
        assert {number for number, at in seen.items() if not at} >= unmoved


def test_f04_a_list_that_moves_for_ever_is_left_for_later() -> None:
    changes = Moving(6, [6, 5, 4, 3, 2, 1] * 100)
    with pytest.raises(Transient, match=r"^Gerrit's changes move faster than they can be read$"):
        read_all(changes.ask, page=2)
    assert changes.asked < 100


def test_f04_a_gap_of_too_many_changes_is_told_with_what_to_do() -> None:
    changes = Moving(1000, [])
    with pytest.raises(Transient) as caught:
        read_all(changes.ask, page=10, most=20)
    assert (changes.asked, caught.value.after) == (20, 900.0)
    assert str(caught.value) == (
        "the changes of this gap take more than 20 requests: to leave the older ones out, stop the daemon, move its "
        "state folder away, and begin anew with run --since"
    )


def test_f04_pages_are_halved_until_they_are_short_enough() -> None:
    changes, sizes = Moving(9, []), []

    def ask(start: int, size: int) -> Page:
        sizes.append(size)
        if size > 2:
            raise PageTooLong("too long")
        return changes.ask(start, size)

    assert len(read_all(ask, page=8)) == 9
    assert sizes[:3] == [8, 4, 2]


def test_f04_one_change_that_is_too_long_is_told() -> None:
    def ask(start: int, size: int) -> Page:
        raise PageTooLong(f"{start} {size}")

    with pytest.raises(PageTooLong, match=r"^0 1$"):
        read_all(ask, page=8)
