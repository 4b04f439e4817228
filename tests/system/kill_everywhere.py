"""Kill everywhere: the daemon is ended at every failpoint again and again, and compared with one that lives.

    python -m tests.system.kill_everywhere --kills 200

prints a table and ends with status 1 where a case is lost or something was said twice.
"""

import argparse
import itertools
import random
import re
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from gerritbot_er.ports import Failpoint
from gerritbot_er.sandbox.ci import SandboxCI

from .failpoint_daemon import SIGNALS, said_at
from .failures import Words, console
from .servers.gerrit import Change, GerritServer, gerrit_server
from .servers.irc import InspIrcd, irc_server
from .servers.processes import Process
from .servers.watchdog import marked
from .site import DISK_FULL, NeverSeen, Site, eventually, local_store, site, zuul

ROUND = 20
"""Lives of one daemon: after so many it is left alone and compared."""
STRANGE = "2026-11-21 08:00:07.000000 | controller | nobody has ever seen this"
RATE_LIMIT = "2026-11-21 08:00:07.000000 | controller | toomanyrequests: you have reached your pull rate limit"
KINDS: Mapping[str, Mapping[str, str]] = {
    "one bug": {"unit-tests": DISK_FULL},
    "two bugs": {"unit-tests": DISK_FULL, "functional": RATE_LIMIT},
    "no known bug": {"unit-tests": STRANGE},
}
"""What a report's jobs say, by its kind."""
SETTINGS: Mapping[str, Any] = {
    "waiting": {"poll": "0.2s", "ask_again": "0.5s"},
    # No rest: a comment whose proof is not known is looked for at once.
    "speaking": {"proof": "0.01s", "rest_after_start": "0s", "per_hour": 100_000, "seen_elsewhere": 100_000},
    "outage": {"changes": 100_000},
}
"""Each report is told of by itself, so that all of a kind can be compared."""
OF_OUTAGES = frozenset({Failpoint.OUTAGE_HIT, Failpoint.OUTAGE_ENDED})
FAILPOINTS = tuple(failpoint for failpoint in Failpoint if failpoint not in OF_OUTAGES)
"""Those of outages are tried in a test of their own."""
LATEST = 3
TWICE_AT_MOST = frozenset({Failpoint.HISTORY_READ, Failpoint.CAUGHT_UP})
"""A start reads history twice within 5 s, and then not for minutes."""
LATE_PROOF = frozenset({Failpoint.POSTED, Failpoint.LOOKED, Failpoint.PROVED})
"""Failpoints of a comment whose proof has not come back yet, which the stream brings 40 ms before Gerrit's own answer:
here storing takes so long that the answer is first."""
FEED_EVERY = 1.5
REACHED_WITHIN = 40.0
SETTLED_WITHIN = 240.0
"""A comment that was cut off four times rests for 80 s before it is tried again."""


class NeverReached(Exception):
    """A failpoint that the daemon did not pass in time: then nothing is shown about it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where one life of the daemon ends: at the ``passing``-th passing of a failpoint, from 1."""

    failpoint: Failpoint
    passing: int
    name: str = "KILL"

    @property
    def options(self) -> Sequence[str]:
        slow = ("--slow-to-store",) if self.failpoint in LATE_PROOF else ()
        return ("--at", self.failpoint.name, "--passing", str(self.passing), "--signal", self.name, *slow)


@dataclass(frozen=True, slots=True)
class Report:
    """A failing report that was made during the life of this plan; ``ids`` are its builds'."""

    kind: str
    change: Change
    ids: tuple[str, ...]
    plan: Plan | None


@dataclass(frozen=True, slots=True)
class Told:
    """What the daemon kept and said of a report, without the ids that differ from report to report."""

    cases: tuple[tuple[str, str, str], ...]
    comments: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What was found wrong, by the failpoint of the life in which it began; ``lost_notices`` may happen."""

    ends: Counter[Failpoint] = field(default_factory=Counter)
    reports: int = 0
    seconds: float = 0.0
    lost_cases: Counter[Failpoint] = field(default_factory=Counter)
    second_comments: Counter[Failpoint] = field(default_factory=Counter)
    other_words: Counter[Failpoint] = field(default_factory=Counter)
    second_notices: Counter[Failpoint] = field(default_factory=Counter)
    lost_notices: Counter[Failpoint] = field(default_factory=Counter)

    @property
    def broken(self) -> int:
        """How often a promise was broken."""
        counts = (self.lost_cases, self.second_comments, self.other_words, self.second_notices)
        return sum(count.total() for count in counts)

    def table(self) -> str:
        columns = (
            self.ends,
            self.lost_cases,
            self.second_comments,
            self.other_words,
            self.second_notices,
            self.lost_notices,
        )
        names = ("ends", "lost cases", "second comments", "other words", "second notices", "lost notices")
        widths = [len(name) for name in names]
        head = f"{'failpoint':13}" + "".join(f"  {name}" for name in names)
        rows = [
            f"{failpoint.name:13}"
            + "".join(f"  {column[failpoint]:{width}}" for column, width in zip(columns, widths, strict=True))
            for failpoint in FAILPOINTS
        ]
        sums = f"{'in all':13}" + "".join(f"  {c.total():{width}}" for c, width in zip(columns, widths, strict=True))
        return "\n".join([head, *rows, sums, f"{self.reports} failing reports, {self.seconds:.0f} s"])


def plans(count: int, seed: int, name: str = "KILL") -> list[Plan]:
    """Every failpoint in each sixteen, in an order of chance, at its first and later passings in turn."""
    chance = random.Random(seed)  # noqa: S311 - no secret is made of it
    made: list[Plan] = []
    for turn in range(-(-count // len(FAILPOINTS))):
        for number, failpoint in enumerate(chance.sample(FAILPOINTS, len(FAILPOINTS))):
            passing = 1 + (turn + number) % (2 if failpoint in TWICE_AT_MOST else LATEST)
            made.append(Plan(failpoint, passing, name))
    return made[:count]


def run(gerrit: GerritServer, irc: InspIrcd, ends: Sequence[Plan]) -> Tally:
    """All these lives, in rounds of ``ROUND``, each with a daemon's state of its own."""
    tally, began = Tally(), time.monotonic()
    for start in range(0, len(ends), ROUND):
        with SandboxCI() as ci:
            own = zuul(web=ci.url, tenant=ci.tenant)
            with site(gerrit, store=local_store(), ci=own, irc=irc, **SETTINGS) as made:
                Round(made, ci, tally).run(ends[start : start + ROUND])
    tally.seconds = time.monotonic() - began
    return tally


class Round:
    """One daemon's state through many lives."""

    def __init__(self, made: Site, ci: SandboxCI, tally: Tally) -> None:
        self._site = made
        self._gerrit = made.gerrit
        self._ci = ci
        self._tally = tally
        self._reports: list[Report] = []
        root = f"{ci.url}/t/{ci.tenant}/"
        self._words = {kind: Words(list(jobs), root) for kind, jobs in KINDS.items()}
        self._kinds = itertools.cycle(KINDS)
        self._ended: list[tuple[float, Plan]] = []

    def run(self, ends: Sequence[Plan]) -> None:
        unharmed = self._unharmed()
        for plan in ends:
            self._live(plan)
            self._tally.ends[plan.failpoint] += 1
        self._site.launch_with_failpoint()
        self._site.await_hearing()
        try:
            eventually("everything is settled", lambda: not self._unsettled(), SETTLED_WITHIN)
        except NeverSeen as error:
            error.add_note("\n".join(map(str, self._unsettled())))
            raise
        assert self._site.stop() == 0
        self._tally.reports += len(self._reports)
        heard = self._notices()
        for report in self._reports:
            self._compare(report, unharmed[report.kind], heard[report.change.number])

    def _unharmed(self) -> dict[str, Told]:
        """What is kept and said of each kind of report by a daemon that nobody ends."""
        self._site.launch_with_failpoint()
        self._site.await_hearing()
        reports = self._burst(KINDS, None)
        for report in reports:
            self._site.await_done(report.change)
        eventually("the notices are said", lambda: self._notices().total() == len(KINDS) - 1)
        assert self._site.stop() == 0
        return {report.kind: self._told(report) for report in reports}

    def _live(self, plan: Plan) -> None:
        """One life, until it ends as planned, with failing reports all along."""
        process = self._site.launch_with_failpoint(*plan.options)
        deadline = time.monotonic() + REACHED_WITHIN
        self._reports += self._burst(KINDS, plan)
        while not _ended_within(process, FEED_EVERY):
            if time.monotonic() > deadline:
                raise NeverReached(f"{plan.failpoint.name}, passing {plan.passing}")
            self._reports += self._burst([next(self._kinds)], plan)
        lines = process.log.read_text(errors="replace").splitlines()
        assert said_at(plan.failpoint, plan.passing) in lines, process.log_tail()
        assert process.popen.returncode == (0 if plan.name == "TERM" else -SIGNALS[plan.name])
        eventually("its own processes end as well", lambda: not marked(process.mark))
        self._ended.append((time.time(), plan))

    def _burst(self, kinds: Collection[str], plan: Plan | None) -> list[Report]:
        """A report of each kind, at once."""
        with ThreadPoolExecutor(len(kinds)) as threads:
            return list(threads.map(lambda kind: self._report(kind, plan), kinds))

    def _report(self, kind: str, plan: Plan | None) -> Report:
        change = self._gerrit.create_change(self._site.project)
        buildset = self._ci.add_buildset(change.number, 1, project=change.project)
        ids = []
        for job, says in KINDS[kind].items():
            build = self._ci.add_build(buildset, job, "FAILURE")
            self._ci.upload_logs(build.uuid, {"job-output.txt": console(says)})
            ids.append(build.uuid)
        self._words[kind].say(self._gerrit, change, ids, buildset.uuid)
        return Report(kind, change, tuple(ids), plan)

    # -- afterwards

    def _unsettled(self) -> list[tuple[Any, ...]]:
        """Reports without a case, open cases, and what of the outbox is at work."""
        kept = {change for (change,) in self._site.rows("SELECT change FROM cases")}
        missing = [(one.kind, one.change.number, one.plan) for one in self._reports if one.change.number not in kept]
        return missing + self._site.rows(
            "SELECT change, stage, outcome, said FROM cases WHERE stage = 'open' UNION ALL"
            " SELECT change, sink, stage, attempts FROM outbox WHERE stage IN ('pending', 'sending')"
        )

    def _told(self, report: Report) -> Told:
        comments = [comment.text for comment in self._site.comments(report.change)]
        names = [(f"BUILD{number}", one) for number, one in enumerate(report.ids)]
        for name, one in names:
            comments = [comment.replace(one, name) for comment in comments]
        words = tuple(re.sub(r"(?m)^gerritbot-er case [0-9a-f]{12}$", "gerritbot-er case ID", one) for one in comments)
        words = tuple(re.sub(r"(?m)^(Seen |The same failure hit ).*\n", "", one) for one in words)
        return Told(tuple(self._site.cases(report.change)), words)

    def _notices(self) -> Counter[int]:
        """How often each change was spoken of on IRC."""
        found = (re.search(r" ([0-9]+),1 \(check\): ", line) for line in self._site.notices())
        return Counter(int(match[1]) for match in found if match)

    def _compare(self, report: Report, unharmed: Told, notices: int) -> None:
        assert report.plan is not None
        told, failpoint, tally = self._told(report), report.plan.failpoint, self._tally
        tally.lost_cases[failpoint] += not told.cases
        tally.second_comments[failpoint] += len(told.comments) > len(unharmed.comments)
        tally.other_words[failpoint] += told != unharmed
        tally.second_notices[failpoint] += notices > 1
        ended_in = self._handed_over_in(report) if unharmed.comments and not notices else None
        if ended_in:
            tally.lost_notices[ended_in] += 1

    def _handed_over_in(self, report: Report) -> Failpoint | None:
        """The failpoint of the life in which its notice was handed over; None for the last, which ended in order."""
        [(at,)] = self._site.rows(
            "SELECT changed_at FROM outbox WHERE change = ? AND sink != 'gerrit'", report.change.number
        )
        return next((plan.failpoint for end, plan in self._ended if at <= end), None)


def _ended_within(process: Process, seconds: float) -> bool:
    try:
        process.popen.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="End the daemon at every failpoint, again and again, and compare.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--signal", choices=SIGNALS, default="KILL")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    with gerrit_server() as gerrit, irc_server(InspIrcd) as irc:
        tally = run(gerrit, irc, plans(chosen.kills, chosen.seed, chosen.signal))
    print(tally.table())
    sys.exit(1 if tally.broken else 0)


if __name__ == "__main__":
    main()
