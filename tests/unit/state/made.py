"""State files with something of everything in them, and ways to damage them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gerritbot_er.model import Build, BuildVerdict, Case, Change, CIReport, Match, Outcome, Verdict
from gerritbot_er.ports import Batch, Post
from gerritbot_er.state import PAUSE, StoredBrakes, StoredCases, StoredOutbox
from gerritbot_er.state.database import Database
from gerritbot_er.state.publishing import Publishing

NOW = 1_763_700_000.0
PAGE = 4096


class Clock:
    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return NOW


class SetClock:
    """Set by hand."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def now(self) -> float:
        return self.seconds

    monotonic = now


def case(number: int) -> Case:
    change = Change(number=number, project="openstack/nova", branch="master", subject="x" * 900)
    report = CIReport(
        ci="zuul", change=change, patchset=2, at=int(NOW) + number, builds=(), failed=True, digest=f"{number:064x}"
    )
    return Case(id=f"{number:012x}", key=f"builds:{number:064x}", report=report, opened_at=NOW + number)


def verdict(found: Case) -> Verdict:
    build = Build(
        identity=f"{found.report.change.number:032x}",
        job="unit-tests",
        result="FAILURE",
        ci="zuul",
        project="openstack/nova",
        branch="master",
        change=found.report.change.number,
        patchset=2,
        reported_at=found.report.at,
    )
    return Verdict(found, (BuildVerdict(build, Outcome.EXPLAINED, (Match("disk-full"),)),))


def comment(found: Case) -> Post:
    change = found.report.change.number
    return Post(
        found.id, "gerrit", 1, change, 2, ("disk-full",), f"bug\ngerritbot-er case {found.id}", f"case {found.id}"
    )


def fill(state: Database, cases: int) -> None:
    """So many cases, every third of them done and commented on, the last of those not posted yet; and a pause."""
    stored, outbox = StoredCases(state, Clock()), StoredOutbox(state, Clock())
    made = [case(number) for number in range(1, cases + 1)]
    changes = tuple((one.report.change.number, 2, one.report.at) for one in made)
    stored.keep(Batch(cases=tuple(made), patchsets=changes, cursor=int(NOW)))
    done = made[::3]
    for one in done:
        stored.settle(verdict(one), "comment", [comment(one)], done=True)
    for row in outbox.at_work()[:-1]:
        outbox.sending(row.number)
        outbox.sent(row.number)
    StoredBrakes(state).put_on(PAUSE, None)


def publish(sightings: Database, *projects: str) -> None:
    """These projects are public now, and all that was stored has been brought to that."""
    Publishing(sightings, Clock(), projects).step()


@contextmanager
def written_by_another(folder: Path) -> Iterator[None]:
    """Another process writes sightings, as a shell in which somebody forgot to commit."""
    with closing(sqlite3.connect(folder / "sightings.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def damage(path: Path, at: int, length: int, byte: int = 0xA5) -> None:
    """Overwrite a part of a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(bytes([byte]) * length)


def damage_root(path: Path, table: str) -> None:
    """Overwrite the page by which all of a table is found."""
    with closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    damage(path, (page - 1) * PAGE, PAGE)
