"""Answers that took long are told again for a while; quick ones never are."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import cast

import pytest
from flask import Flask

from gerritbot_er.insight.figures import Where
from gerritbot_er.web.remembered import LONG, LONGEST, MOST, WORTH, Remembered
from gerritbot_er.web.sources import Sources
from gerritbot_er.web.turns import Turns
from gerritbot_er.web.unexplained import add_drafts
from tests.unit.triage.world import SimulatedClock


class Library:
    """Finds things out, which takes some seconds each time."""

    def __init__(self, seconds: float) -> None:
        self.clock = SimulatedClock()
        self.remembered = Remembered(self.clock, Turns(self.clock))
        self.seconds = seconds
        self.searches = 0

    def ask(self, question: object = "?") -> int:
        return self.remembered.ask((question,), self._find_out)

    def _find_out(self, over: Callable[[], bool]) -> int:
        assert not over()
        self.clock.seconds += self.seconds
        self.searches += 1
        return self.searches


def test_what_took_long_is_told_again_for_a_hundred_times_as_long() -> None:
    library = Library(seconds=1.0)
    assert library.ask() == 1
    library.clock.seconds += WORTH - 1
    assert library.ask() == 1
    library.clock.seconds += 1
    assert library.ask() == 2


def test_nothing_is_told_for_so_long_that_it_may_be_private_by_now() -> None:
    library = Library(seconds=LONGEST)
    assert library.ask() == 1
    library.clock.seconds += LONGEST
    assert library.ask() == 2


def test_what_is_quick_is_found_out_each_time() -> None:
    library = Library(seconds=LONG / 2)
    assert [library.ask(), library.ask()] == [1, 2]


def test_other_questions_have_other_answers_and_the_oldest_go() -> None:
    library = Library(seconds=3.0)
    assert library.ask("the oldest") == 1
    library.seconds = 1.0
    assert [library.ask(number) for number in range(1, MOST)] == list(range(2, MOST + 1))
    assert library.ask("the oldest") == 1
    assert library.ask("one more") == MOST + 1
    assert [library.ask("one more"), library.ask(MOST - 1)] == [MOST + 1, MOST]
    assert library.ask("the oldest") == MOST + 2


def test_who_asks_the_same_meanwhile_waits_for_the_one_answer() -> None:
    clock = SimulatedClock()
    remembered = Remembered(clock, Turns(clock))
    begun, go_on = threading.Event(), threading.Event()
    answers: list[str] = []

    def slowly(_: object) -> str:
        begun.set()
        go_on.wait(10)
        clock.seconds += 1
        return "the one"

    def ask(find: object) -> None:
        answers.append(remembered.ask("?", find))  # type: ignore[arg-type] # a function

    first = threading.Thread(target=ask, args=(slowly,))
    first.start()
    begun.wait(10)
    second = threading.Thread(target=ask, args=(lambda _: "another",))
    second.start()
    go_on.set()
    first.join(10)
    second.join(10)
    assert answers == ["the one", "the one"]


def test_an_error_is_no_answer() -> None:
    library = Library(seconds=1.0)

    def fail(_: object) -> int:
        library.clock.seconds += 1
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            library.remembered.ask(("?",), fail)
    assert library.ask() == 1


def test_a_draft_that_took_long_is_not_made_for_each_download() -> None:
    library, app, hidden = Library(seconds=1.0), Flask(__name__), 0

    def group(group_id: str, where: Where, most: int) -> None:
        del group_id, where, most
        library.ask(library.searches)

    statistics = SimpleNamespace(group=group, hidden=lambda: hidden)
    sources = SimpleNamespace(clock=library.clock, statistics=statistics)
    sources.within = lambda _: nullcontext(sources)
    add_drafts(app, cast("Sources", sources), Remembered(library.clock, Turns(library.clock)))
    reader = app.test_client()
    assert [reader.get("/unexplained/0123456789ab.yaml").status_code for _ in range(3)] == [404] * 3
    assert library.searches == 1
    reader.get("/unexplained/ba9876543210.yaml")
    assert library.searches == 2
    hidden = 1_800_000_000
    reader.get("/unexplained/0123456789ab.yaml")
    assert library.searches == 3, "a change has become private meanwhile"
