"""A case whose only bug counts where certain tests failed, from the report to the words."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.codec import from_json
from gerritbot_er.model import BuildAnswer, Evidence, Match, Outcome, Signature, Verdict

from .world import UUID, World, report, reported

MINUTE = 60.0
TEST = "a.TestB.test_c"
SIGNATURE = Signature(
    "registry",
    'message:"toomanyrequests"',
    title="the registry refused the pull",
    capture=r"pulling (?P<image>\S+):",
    test_ids=(TEST,),
)
LINE = Evidence("pulling docker.io/library/redis: toomanyrequests", "job-output.txt", 7)
UNKNOWN = BuildAnswer((Match("registry", LINE),), notes=("which tests failed is not known",))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, (SIGNATURE,))
    yield made
    made.close()


def kept(world: World) -> Verdict:
    with world.state.reading() as db:
        (row,) = db.execute("SELECT verdict FROM cases")
    return from_json(Verdict, row["verdict"])


def test_results_that_come_late_are_waited_for(world: World) -> None:
    world.arrive(report(reported(1)))
    world.ready(1)
    world.store.answers[UUID(1)] = UNKNOWN
    world.pass_(5 * MINUTE)
    assert world.comments == []
    world.store.answers[UUID(1)] = BuildAnswer(UNKNOWN.matches, failed_tests=frozenset({TEST}))
    world.pass_(5 * MINUTE)
    (text,) = world.comments
    assert "image: docker.io/library/redis" in text.splitlines()


def test_results_that_never_come_leave_it_undecided_and_the_reason_is_kept(world: World) -> None:
    world.arrive(report(reported(1)))
    world.ready(1)
    world.store.answers[UUID(1)] = UNKNOWN
    world.pass_(130 * MINUTE)
    assert world.comments == []
    (found,) = kept(world).builds
    assert found.outcome is Outcome.UNDECIDED
    assert found.notes == (
        "which tests failed is not known",
        "registry was found, but counts only where certain tests failed, and whether they did is not known",
    )


def test_other_tests_failed_and_nothing_is_said(world: World) -> None:
    world.arrive(report(reported(1)))
    world.ready(1)
    world.store.answers[UUID(1)] = BuildAnswer(UNKNOWN.matches, failed_tests=frozenset({"a.TestB.test_d"}))
    world.pass_(20 * MINUTE)
    assert world.comments == []
    assert kept(world).builds[0].outcome is Outcome.UNEXPLAINED
