"""The words of notices, one line for each channel whose rule fits: of failures, and of outages.  Pure."""

from collections.abc import Iterable, Sequence

from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import BugFacts, Notice, Outage, Reach, Signature, Verdict
from gerritbot_er.patterns import fits_any
from gerritbot_er.settings import ChannelRule

from .bug_words import marked, title_of
from .captured_words import captured_in_brief
from .comment_parts import has_bug, job_name
from .literal import LONGEST_NAME
from .publicity import may_be_told
from .reach_words import elsewhere_words, group_page, span_in_words, utc
from .wording import Occasion

_LONGEST_LINE = 120
"""Characters of a log's line in a notice."""


def notices(
    verdict: Verdict, bugs: Sequence[str], occasion: Occasion, channels: Iterable[ChannelRule]
) -> tuple[Notice, ...]:
    """One notice for each channel whose rule fits; none for a change that not everybody may see.

    ``bugs`` are the names of signatures to speak of, or else the keys of groups.
    """
    if not bugs or not may_be_told(verdict.case.report.change, occasion.public_projects):
        return ()
    named = [occasion.signatures[bug] for bug in bugs if bug in occasion.signatures]
    text = _known(verdict, named, occasion) if named else _unexplained(verdict, bugs, occasion)
    return tuple(Notice(channel.name, text) for channel in channels if _fits(channel, verdict, named))


def _fits(channel: ChannelRule, verdict: Verdict, named: Sequence[Signature]) -> bool:
    report = verdict.case.report
    return (
        fits_any(channel.projects, report.change.project)
        and fits_any(channel.pipelines, report.pipeline)
        and (not channel.categories or any(signature.category in channel.categories for signature in named))
    )


def _known(verdict: Verdict, named: Sequence[Signature], occasion: Occasion) -> str:
    names = [signature.name for signature in named]
    jobs = [job_name(found) for found in verdict.builds if has_bug(found, names)]
    what = "; ".join(_named_bug(signature, verdict, occasion.bug_of(signature)) for signature in named)
    return _of_change(verdict, jobs, what)


def _unexplained(verdict: Verdict, groups: Sequence[str], occasion: Occasion) -> str:
    reaches = [reach for reach in occasion.reaches if reach.failure.key in groups]
    hit = frozenset[str]().union(*(reach.builds for reach in reaches))
    jobs = [job_name(found) for found in verdict.builds if found.build.identity in hit]
    return _of_change(verdict, jobs, _elsewhere(reaches, occasion.page))


def _elsewhere(reaches: Sequence[Reach], page: str | None) -> str:
    """The group that reaches farthest."""
    most = max(reaches, key=lambda reach: reach.others or 0)
    where = group_page(page, most.failure)
    return " ".join(filter(None, (elsewhere_words(most), where)))


def _of_change(verdict: Verdict, jobs: Sequence[str], what: str) -> str:
    report = verdict.case.report
    where = f"{report.change.project} {report.change.number},{report.patchset}"
    pipeline = f" ({report.pipeline})" if report.pipeline else ""
    text = f"{where}{pipeline}: {clean_line(', '.join(jobs), LONGEST_NAME)} failed: {what}"
    return f"{text} - {report.change.url}" if report.change.url else text


def _named_bug(signature: Signature, verdict: Verdict, bug: BugFacts | None) -> str:
    """A bug in a notice: its title, its URL, whether it is closed, and what was captured where that is short."""
    matches = (match for found in verdict.builds for match in found.bugs if match.signature == signature.name)
    brief = captured_in_brief(matches)
    words = (title_of(signature, bug), signature.bug, marked(bug).strip(), f"({brief})" if brief else "")
    return " ".join(filter(None, words))


# -- outages


def outage_words(outage: Outage, signature: Signature | None, bug: BugFacts | None, page: str | None) -> str:
    """What it is an outage of; ``signature`` and ``bug`` where one is known, ``page`` is the root of our own pages."""
    if signature is not None:
        return " ".join(filter(None, (title_of(signature, bug), signature.bug, marked(bug).strip())))
    if outage.failure.known:
        return clean_line(outage.failure.name, LONGEST_NAME)
    said = f' that says "{clean_line(outage.line, _LONGEST_LINE)}"' if outage.line else ""
    return " ".join(filter(None, (f"a failure without a known bug{said}", group_page(page, outage.failure))))


def outage_begins(
    outage: Outage, what: str, verdict: Verdict, signature: Signature | None, channels: Iterable[ChannelRule]
) -> tuple[Notice, ...]:
    """That it is one, for each channel whose rule fits its last hit, which is the verdict's."""
    since = utc(outage.since, outage.last)
    text = (
        f"Outage since {since}: {what} - {_count(outage.changes)} hit; further ones are not told here until it is over"
    )
    named = [signature] if signature else []
    return tuple(Notice(channel.name, text) for channel in channels if _fits(channel, verdict, named))


def outage_ends(outage: Outage, what: str, quiet: float) -> tuple[Notice, ...]:
    """That it is over, for each channel that heard of its begin; ``quiet``: the seconds without a hit."""
    since = utc(outage.since, outage.last)
    text = f"Outage over: {what} - no change hit for {span_in_words(quiet)}; {_count(outage.changes)} hit since {since}"
    return tuple(Notice(channel, text) for channel in outage.channels)


def _count(changes: int) -> str:
    return f"{changes:,} change{'' if changes == 1 else 's'}"
