"""The accounts after a month: what must hold whatever went wrong, each as a list of what breaks it.

What Gerrit itself leaves open is allowed for: between our last look at a change and the moment when Gerrit takes our
comment, the change may get a new patch set or be closed; a comment that was under way when the operator paused arrives.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gerritbot_er.model import TEXT_KEY, CIReport
from gerritbot_er.state import open_state
from gerritbot_er.state.cases import SAME_TEXT_SECONDS
from gerritbot_er.triage.cases import case_key
from gerritbot_er.triage.wording import token_of

from .gerrit import BOT, Said
from .logs import Truth
from .month import Month
from .timeline import HOUR, MINUTE
from .weather import Fault

Row = dict[str, object]
UNDER_WAY = 150.0
"""Seconds that a comment is under way at most: a look into history and the post, each with its limit."""
_HARMLESS = frozenset({Fault.IRC_AWAY, Fault.EVENTS_TWICE, Fault.EVENTS_SWAPPED, Fault.LINES_MALFORMED})


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold, in words; ``change`` is whose story tells why (0: everyone's)."""

    invariant: str
    what: str
    change: int = 0


class Accounts:
    """The state file, Gerrit, and what was in memory, side by side."""

    def __init__(self, month: Month) -> None:
        self.month = month
        with open_state(month.folder) as state, state.reading() as db:
            self.cases: list[Row] = [dict(row) for row in db.execute("SELECT * FROM cases")]
            self.outbox: list[Row] = [dict(row) for row in db.execute("SELECT * FROM outbox")]
            self.outages: list[Row] = [dict(row) for row in db.execute("SELECT * FROM outages")]
        self.ours = [said for change in month.gerrit.changes.values() for said in change.said if said.author == BOT]

    def broken(self) -> list[Broken]:
        """All that does not hold."""
        return [broken for check in CHECKS for broken in check(self)]


def every_failing_report_has_one_case(accounts: Accounts) -> Iterator[Broken]:
    """And there is no case without a report."""
    stored = Counter(str(row["key"]) for row in accounts.cases)
    told: dict[str, list[tuple[Said, CIReport]]] = defaultdict(list)
    for said, report in accounts.month.reports:
        if report.failed:
            told[case_key(report)].append((said, report))
    for key, reports in told.items():
        wanted = _runs([said.at for said, _ in reports]) if key.startswith(TEXT_KEY) else 1
        if stored[key] != wanted:
            said = reports[0][0]
            what = f"the report of {said.moment:.0f} on {said.change},{said.patchset} has {stored[key]} cases"
            yield Broken("every failing report has one case", f"{what}, not {wanted}", said.change)
    for row in accounts.cases:
        if row["key"] not in told:
            yield Broken("no case without a report", f"case {row['id']}", int(str(row["change"])))


def _runs(seconds: list[int]) -> int:
    """The same text within some seconds is one report, once it is the first of a case."""
    firsts: list[int] = []
    for second in sorted(seconds):
        if not any(abs(second - first) <= SAME_TEXT_SECONDS for first in firsts):
            firsts.append(second)
    return len(firsts)


def every_case_ends(accounts: Accounts) -> Iterator[Broken]:
    """In a stated outcome, with what was said, or why nothing was."""
    for row in accounts.cases:
        if row["stage"] != "done" or not row["outcome"] or not row["said"]:
            what = f"case {row['id']} is {row['stage']}, outcome {row['outcome']}, said {row['said']}"
            yield Broken("every case ends in a stated outcome", what, int(str(row["change"])))


def nothing_is_said_twice(accounts: Accounts) -> Iterator[Broken]:
    """A case and a part of it have one comment; a case and a channel have one notice."""
    for (token, change), times in Counter((token_of(said.text), said.change) for said in accounts.ours).items():
        if times > 1 or token is None:
            yield Broken("no second comment", f"{times} comments of case {token}", change)
    wanted = Counter(str(row["body"]) for row in accounts.outbox if str(row["sink"]).startswith("irc:"))
    for text, times in Counter(notice.text for notice in accounts.month.irc.said).items():
        if times > wanted[text]:
            yield Broken("each notice at most once", f"{times} times, wanted {wanted[text]} times: {text}")


def record_and_gerrit_agree(accounts: Accounts) -> Iterator[Broken]:
    """Every comment has its row, which says sent; every row that says so has its comment; nothing is left at work."""
    standing = {token_of(said.text) for said in accounts.ours}
    rows = {row["token"]: row for row in accounts.outbox if row["sink"] == "gerrit"}
    for said in accounts.ours:
        row = rows.get(token_of(said.text) or "")
        if row is None or row["stage"] != "sent":
            what = f"{token_of(said.text)} stands on Gerrit, its row says {row and row['stage']}"
            yield Broken("nothing posted without a record", what, said.change)
    for token, row in rows.items():
        if row["stage"] == "sent" and token not in standing:
            yield Broken("what is recorded as sent stands", str(token), int(str(row["change"])))
    for row in accounts.outbox:
        if row["stage"] in ("pending", "sending"):
            what = f"row {row['number']} of case {row['case_id']} to {row['sink']} is {row['stage']}"
            yield Broken("the outbox is empty", what, int(str(row["change"])))


def outages_begin_and_end_once(accounts: Accounts) -> Iterator[Broken]:
    """Each has ended, and each channel that was told of its begin has one notice of it and one of its end."""
    parts = Counter((row["part"], row["sink"]) for row in accounts.outbox)
    for outage in accounts.outages:
        number, what = int(str(outage["number"])), f"outage {outage['number']} of {outage['failure']}"
        if outage["ended_at"] is None:
            yield Broken("every outage ends", what)
        for channel in json.loads(str(outage["told"])):
            told = [parts[(part, f"irc:{channel}")] for part in (2 * number + 1, 2 * number + 2)]
            if told != [1, 1]:
                yield Broken("an outage begins and ends once", f"{what} in {channel}: {told}")


def caps_hold(accounts: Accounts) -> Iterator[Broken]:
    """On a patch set, and for each life of ours that had a part in it, in half an hour of Gerrit's.

    What was handed out within one hour may wait for a Gerrit that hangs, and meet there with that of the next.
    """
    rules = accounts.month.settings.speaking
    for (change, patchset), times in Counter((said.change, said.patchset) for said in accounts.ours).items():
        if times > rules.per_patchset:
            yield Broken("few comments a patch set", f"{times} on {change},{patchset}", change)
    month = accounts.month
    moments = sorted(said.moment for said in accounts.ours)
    for first in moments:
        times = sum(first <= moment < first + HOUR / 2 for moment in moments)
        lives = 1 + sum(first - HOUR < start < first + HOUR for start in month.starts)
        if times > rules.per_hour * lives:
            yield Broken("few comments an hour", f"{times} from {first:.0f} on")


def nothing_comes_too_late(accounts: Accounts) -> Iterator[Broken]:
    """Outdated patch sets and closed changes are left alone, and a pause is kept."""
    for arrival in accounts.month.arrivals:
        said = arrival.said
        if arrival.late_since is not None and arrival.late_since < arrival.looked:
            what = f"at {said.moment:.0f} on {said.change},{said.patchset}, too late since {arrival.late_since:.0f}"
            yield Broken(
                "nothing on outdated or closed changes", f"{what}, looked at {arrival.looked:.0f}", said.change
            )
        if arrival.paused_since is not None and said.moment > arrival.paused_since + UNDER_WAY:
            what = f"at {said.moment:.0f} on {said.change}, paused since {arrival.paused_since:.0f}"
            yield Broken("no comment while paused", what, said.change)


def what_is_known_is_said(accounts: Accounts) -> Iterator[Broken]:
    """Where nothing went wrong around a report, the bugs that its logs show are found, and told where they may be."""
    month = accounts.month
    ours = {token_of(said.text) for said in accounts.ours}
    rows = {row["key"]: row for row in accounts.cases}
    for said, report in month.reports:
        row = rows.get(case_key(report))
        truths = [month.builds.truth(b.identity) for b in report.builds if b.failed and b.voting]
        if row is None or not truths or row["said"] == "off by a rule" or not _calm(month, said):
            continue
        if not report.failed or any(
            b.result in ("NODE_FAILURE", "") or b.identity == b.job for b in report.builds if b.failed
        ):
            continue
        if all(_plain(truth) for truth in truths):
            bugs = [{name for name, _ in truth.bugs} for truth in truths]
            if any(names and not any(f'"{name}"' in str(row["verdict"]) for name in names) for names in bugs):
                yield Broken("known bugs are found", f"case {row['id']}: {bugs}, {row['outcome']}", said.change)
            elif row["said"] == "comment" and row["id"] not in ours and not _delayed(accounts, row, said.moment):
                yield Broken("what is decided is posted", f"case {row['id']}", said.change)


def _delayed(accounts: Accounts, case: Row, moment: float) -> bool:
    """Whether a comment came too late with reason: its first try was lost, or the hour was full of tries."""
    month = accounts.month
    tries = sum(moment - HOUR <= sent <= moment + HOUR / 2 for sent in month.gerrit.reviews)
    (row,) = (row for row in accounts.outbox if (row["case_id"], row["sink"], row["part"]) == (case["id"], "gerrit", 1))
    return row["stage"] == "withheld" and (row["attempts"] != 0 or tries >= month.settings.speaking.per_hour)


def _plain(truth: Truth) -> bool:
    return not truth.cycle and truth.whole < 8 * MINUTE and truth.known < 8 * MINUTE


def _calm(month: Month, said: Said) -> bool:
    return all(spell.fault in _HARMLESS for spell in month.weather.between(said.moment - HOUR, said.moment + 3 * HOUR))


def nothing_grows(accounts: Accounts) -> Iterator[Broken]:
    """Two calm days after the last report nothing of it is held in memory."""
    life = accounts.month.last
    if life is None:
        yield Broken("the daemon lives at the end", "it does not")
        return
    way = life.way
    desk, poster, intake, catch_up = way.desk, way.poster, way.intake, way.catch_up
    desk.step()  # the month rings it no more once it has no case; a step lets go of times that have passed
    held = {
        "cases on the desk": len(desk._table.works) + len(desk._inbox),
        "questions of the desk": len(desk._asking._to_ask) + len(desk._table._due),
        "comments at work": len(poster._at_work) + len(poster._look_at) + len(poster._seen),
        "gaps": intake._gaps,
        "calls": sum(calls.under_way for calls in life.calls),
    }
    for what, count in held.items():
        if count:
            yield Broken("nothing is held in memory at the end", f"{count} {what}")
    gathering = intake._gathering
    if any((gathering.cases, gathering.reports, gathering.patchsets, gathering.closed, gathering.proofs)):
        yield Broken("nothing is held in memory at the end", "events that are not stored")
    if len(catch_up._due) > 1:
        yield Broken("nothing is held in memory at the end", f"{len(catch_up._due)} reads of history to come")


CHECKS: tuple[Callable[[Accounts], Iterator[Broken]], ...] = (
    every_failing_report_has_one_case,
    every_case_ends,
    nothing_is_said_twice,
    record_and_gerrit_agree,
    outages_begin_and_end_once,
    caps_hold,
    nothing_comes_too_late,
    what_is_known_is_said,
    nothing_grows,
)
