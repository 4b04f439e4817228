"""A replay's decisions and its summary, for people and as JSON.  Pure."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from gerritbot_er.model import CIReport
from gerritbot_er.ports import Post
from gerritbot_er.replay import Decision, OutageMoment, Questions, Tally
from gerritbot_er.settings import CI

_NUMBERS = re.compile(r"[0-9]+")
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Silent:
    """A CI without a report, the comments of its account, and the usernames of those who are shown by that name."""

    ci: str
    account: str
    comments: int
    usernames: tuple[str, ...]

    def __str__(self) -> str:
        if self.comments:
            none = "which is no report" if self.comments == 1 else "none of them a report"
            came = f"{_count(self.comments, 'comment')} came from the account {self.account}, {none}"
            return f"{self.ci}: {came}; are its account, kind and pipelines right?"
        mute = f"{self.ci}: no comment came from the account {self.account}; "
        if not self.usernames:
            return mute + "is it the username, not the name that is shown?"
        return mute + f"that is not the username: write account: {' or '.join(self.usernames)}"


def silent_cis(
    cis: Iterable[CI], tally: Tally, comments: Mapping[str, int], usernames: Mapping[str, Collection[str]]
) -> tuple[Silent, ...]:
    """Those that reported nothing; ``comments`` by account, ``usernames``: whom an account may mean instead.

    Where nothing was recorded nobody is to be told of.
    """
    return tuple(
        Silent(ci.name, ci.account, comments.get(ci.account, 0), tuple(sorted(usernames.get(ci.account, ()))))
        for ci in cis
        if tally.events and ci.name not in tally.reports
    )


def line(decision: Decision) -> str:
    """One decision in one line: report, case, waited, asked, matched, said or why not."""
    report, verdict = decision.verdict.case.report, decision.verdict
    failed = sum(1 for build in report.builds if build.failed)
    what = f"{failed} of {_count(len(report.builds), 'build')} failed" if report.builds else "no build"
    bugs = f" by {', '.join(verdict.bugs)}" if verdict.bugs else ""
    return "; ".join(
        (
            f"{_when(decision.at)} {_change(report)}, {report.ci}: {what}",
            f"case {verdict.case.id}",
            f"waited {_span(decision.waited)}",
            _questions(decision.asked),
            verdict.summary + bugs,
            decision.said,
        )
    )


def _change(report: CIReport) -> str:
    return f"{report.change.project} {report.change.number},{report.patchset}"


def _questions(asked: Questions) -> str:
    peers = (
        (asked.facts, "its CI's server"),
        (asked.readiness, "for logs"),
        (asked.match, "for matches"),
        (asked.lines, "for lines"),
    )
    return "asked " + (", ".join(f"{what} {_count(count, 'time')}" for count, what in peers if count) or "nobody")


def as_json(decision: Decision) -> dict[str, object]:
    """One decision as an object; ``waited`` in seconds, ``at`` in UTC seconds."""
    report, asked = decision.verdict.case.report, decision.asked
    return {
        "at": decision.at,
        "case": decision.verdict.case.id,
        "project": report.change.project,
        "change": report.change.number,
        "patchset": report.patchset,
        "ci": report.ci,
        "pipeline": report.pipeline,
        "failed": [build.job for build in report.builds if build.failed],
        "reason": report.reason,
        "waited": decision.waited,
        "asked": asdict(asked),
        "outcome": decision.verdict.summary,
        "bugs": list(decision.verdict.bugs),
        "said": decision.said,
        "final": decision.final,
        "posts": [_post(post) for post in decision.posts],
    }


def _post(post: Post) -> dict[str, object]:
    return {"sink": post.sink, "bugs": list(post.bugs), "text": post.body}


def outage_line(moment: OutageMoment) -> str:
    """The begin or end of an outage in one line."""
    outage = moment.outage
    since = f"since {_when(outage.since)}: {_count(outage.changes, 'change')}"
    return f"{_when(moment.at)} outage of {outage.failure.key} {'ends' if moment.ends else 'begins'}; {since}"


def outage_as_json(moment: OutageMoment) -> dict[str, object]:
    """The same as an object."""
    outage = moment.outage
    return {
        "at": moment.at,
        "outage": outage.failure.name,
        "known": outage.failure.known,
        "ends": moment.ends,
        "since": outage.since,
        "last": outage.last,
        "changes": outage.changes,
        "line": outage.line,
    }


def _when(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")


def summary(tally: Tally, silent: Iterable[Silent] = ()) -> list[str]:
    """The lines of the summary."""
    lines = ["", f"{_count(tally.events, 'event')} of changes and comments"]
    if tally.drops:
        lines.append(f"Gerrit dropped events {_count(tally.drops, 'time')}: the recording has gaps")
    lines += [f"{ci}: {_count(every, 'report')}, {failing:,} failing" for ci, (every, failing) in tally.reports.items()]
    lines += map(str, silent)
    again = sum(failing for _, failing in tally.reports.values()) - tally.cases
    lines.append(_count(tally.cases, "case") + (f"; {_count(again, 'report')} came again" if again else ""))
    lines += _table(tally.ends)
    if tally.open:
        lines.append(f"{_count(tally.open, 'case')} without an end")
    lines.append("decisions:")
    lines += _table(_alike(tally.said))
    lines.append(f"{_count(tally.comments, 'comment')}, at most {tally.busiest:,} in an hour")
    lines.append(f"{_count(tally.notices, 'notice')} to IRC")
    if tally.outages:
        lines.append(_count(tally.outages, "outage"))
    lines += [f"{peer} was asked no more: {why}" for peer, why in tally.given_up.items()]
    return lines


def summary_as_json(tally: Tally, silent: Sequence[Silent] = ()) -> dict[str, object]:
    """The summary as an object."""
    return {
        "events": tally.events,
        "drops": tally.drops,
        "reports": {ci: {"all": every, "failing": failing} for ci, (every, failing) in tally.reports.items()},
        "silent": [asdict(one) for one in silent],
        "cases": tally.cases,
        "open": tally.open,
        "outcomes": dict(tally.ends.most_common()),
        "said": dict(_alike(tally.said).most_common()),
        "comments": tally.comments,
        "busiest_hour": tally.busiest,
        "notices": tally.notices,
        "outages": tally.outages,
        "given_up": tally.given_up,
    }


def _alike(said: Counter[str]) -> Counter[str]:
    """Decisions that differ in their numbers alone, counted together."""
    together: Counter[str] = Counter()
    for words, count in said.items():
        together[_NUMBERS.sub("N", words)] += count
    return together


def _table(counts: Counter[str]) -> list[str]:
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return [f"{count:>9,}  {words}" for words, count in ordered]


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 2 * _MINUTE else f"{seconds / _MINUTE:.0f} min"
