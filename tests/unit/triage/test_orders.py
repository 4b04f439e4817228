"""Logs come late, in pieces and in any order: each build is judged once its own are whole."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from gerritbot_er.model import LogsSeen, Signature
from gerritbot_er.settings import Speaking

from .world import UUID, World, report, reported

JOBS = ("lint", "unit-tests", "grenade")
LINE = "No space left on device"
PIECES = tuple((number, file) for number in range(1, 4) for file in ("job-output.txt", "syslog.txt", "screen.txt"))


BUGS = ("disk-full", "dns", "mirror")
TITLES = ("the disk is full", "a host name could not be resolved", "a mirror is down")
KNOWN = [Signature(name, f"message:{name}", title=title) for name, title in zip(BUGS, TITLES, strict=True)]


def send(world: World, number: int, file: str) -> None:
    """A file of a build reaches the store; the bug of the build is in its syslog.txt."""
    uuid = UUID(number)
    before = world.store.logs.get(uuid, LogsSeen())
    world.store.logs[uuid] = LogsSeen(before.documents + 100, before.console or file == "job-output.txt")
    if file == "syslog.txt":
        world.store.hits[uuid] = {BUGS[number - 1]: LINE}


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.permutations(PIECES), st.sampled_from([0, 10, 30]))
@example([*PIECES[::-1]], 30)
def test_f18_in_all_orders_each_bug_is_told_once(order: list[tuple[int, str]], seconds: int) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder), KNOWN)
        world.arrive(report(*(reported(number, job) for number, job in enumerate(JOBS, 1))))
        for number, file in order:
            send(world, number, file)
            for _ in range(seconds // 10):
                world.clock.seconds += 10
                world.work()
        world.pass_(20 * 60)
        searched = [uuid for _, builds in world.store.match_asked for uuid in builds]
        openings = " ".join(text.splitlines()[0] for text in world.comments)
        assert [openings.count(title) for title in TITLES] == [1, 1, 1]
        assert len(world.comments) <= 2, "the comment, and one follow-up"
        assert all(searched.count(UUID(number)) <= 2 for number in (1, 2, 3)), "once, and a miss once more"
        world.close()


def test_f18_one_late_build_holds_nobody_else(tmp_path: Path) -> None:
    world = World(tmp_path, speaking=Speaking(hold=120.0))
    world.arrive(report(*(reported(number, job) for number, job in enumerate(JOBS, 1))))
    world.arrive(report(reported(9), patchset=2))
    for number in (1, 2, 9):
        world.ready(number, disk_full=LINE)
    world.pass_(60)
    searched = [uuid for _, builds in world.store.match_asked for uuid in builds]
    assert sorted(searched) == [UUID(number) for number in (1, 2, 9)]
    world.pass_(120)
    assert [text.splitlines()[0] for text in world.comments] == [
        "Known bug: the disk is full",
        "Known bug: the disk is full (2 of 3 failed jobs)",
    ]
    assert "grenade: logs not here yet." in world.comments[1]
    world.ready(3, dns="Could not resolve host: x")
    world.pass_(300)
    assert len(world.comments) == 3
    assert world.comments[2].startswith("One more known bug: a host name could not be resolved\n")
    world.close()
