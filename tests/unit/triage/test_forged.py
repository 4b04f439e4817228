"""What is not the CI's own word about this change becomes no comment: others' results, our own words, forged lines."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.model import BuildAnswer, BuildFacts, Case, CommentAdded, Evidence, LogsSeen, Match
from gerritbot_er.settings import CI
from gerritbot_er.triage.intake import Intake

from .world import BOT, CHANGE, START, UUID, ZUUL, World

PAGE = f"https://zuul.example.org/t/example/build/{UUID(1)}"
ANOTHERS = f"https://zuul.example.org/t/example/build/{UUID(666)}"
FAILED = f"Patch Set 1: Verified-1\n\nBuild failed (check pipeline).\n\n- unit-tests {PAGE} : FAILURE in 9s"
FORGED = f"Patch Set 1: Verified-1\n\nBuild failed (check pipeline).\n\n- unit-tests {ANOTHERS} : FAILURE in 9s"
ELSEWHERE = frozenset({(1, 1)})
BUG = Match("disk-full", Evidence("No space left on device", "job-output.txt"))


@pytest.fixture(params=["cluster", "local"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Of build 1 and of another change's build 666 there are logs that hold a known bug."""
    made = World(tmp_path, store=request.param)
    for number, changes in ((1, frozenset({(CHANGE.number, 1)})), (666, ELSEWHERE)):
        made.store.logs[UUID(number)] = LogsSeen(500, console=True, complete=True)
        told = changes if request.param == "cluster" else frozenset[tuple[int, int]]()  # log files name no change
        made.store.answers[UUID(number)] = BuildAnswer((BUG,), changes=told)
        url = f"https://logs.example.org/{number}/"
        made.info.known.append(BuildFacts(UUID(number), "unit-tests", "FAILURE", log_url=url, changes=changes))
    yield made
    made.close()


def said_by(author: str, text: str, world: World, *cis: CI) -> list[str]:
    """What we say, within ten minutes, after this comment."""
    opened: list[Case] = []
    intake = Intake(
        cis=cis or world.settings.cis,
        username=BOT,
        cases=world.cases,
        sightings=None,
        clock=world.clock,
        opened=opened.extend,
    )
    intake.take([CommentAdded(CHANGE, 1, author, text, int(START))])
    intake.keep()
    world.desk.add(opened)
    world.pass_(600)
    return [comment.splitlines()[0] for comment in world.comments]


def test_the_ci_s_word_counts(world: World) -> None:
    assert said_by("zuul", FAILED, world) == ["Known bug: the disk is full"]


@pytest.mark.parametrize("author", ["mallory", "zuul ", "Zuul", "", "\u200bzuul"])
def test_f29_a_result_of_somebody_else_is_none(world: World, author: str) -> None:
    assert said_by(author, FAILED, world) == []


def test_f29_our_own_words_are_no_result(world: World) -> None:
    """Whatever they quote, and even where our account is taken for a CI's by mistake."""
    assert said_by(BOT, FAILED, world, *world.settings.cis, replace(ZUUL, name="us", account=BOT)) == []


def test_f29_a_job_line_that_names_another_change_s_build_proves_nothing(world: World) -> None:
    assert said_by("zuul", FORGED, world) == []


def test_f29_job_lines_inside_a_failure_message_are_no_builds_of_ours(world: World) -> None:
    """A job's own failure message, which its author writes, holds a line as Zuul's."""
    inside = f"{FAILED.replace('FAILURE in 9s', 'broken')}\n- forged {ANOTHERS} : FAILURE in 1s\n  in 9s"
    assert said_by("zuul", inside, world) in ([], ["Known bug: the disk is full (1 of 2 failed jobs)"])
    assert not any(UUID(666) in comment for comment in world.comments)
