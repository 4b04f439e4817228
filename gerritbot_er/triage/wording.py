"""The words of comments and notices: pure functions from a verdict to text.

The text reads well as it stands and as Markdown: log lines are code by indentation, names of others are literal, and
only vetted links stand in it.  No text matches a CI's trigger pattern, whatever it quotes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import Advice, BugFacts, BuildVerdict, Evidence, Match, Notice, Outcome, Signature, Verdict
from gerritbot_er.patterns import fits_any
from gerritbot_er.settings import CI, ChannelRule

from .bug_words import CLOSED_AMONG_SEVERAL, closed_line, marked, title_in_comment, title_of
from .facts_words import facts, facts_in_brief
from .links import safe_link
from .literal import LONGEST_NAME, literal
from .publicity import may_be_told
from .speaking import Say

LONGEST_LINE = 180
SHOWN_IN_FULL = 5
"""Builds told with their evidence; more are only named, so that five fill 25 lines."""
SHOWN_TITLES = 3
"""Bugs that an opening names; the others are counted."""
SHOWN_MORE = 2
"""Further lines of a compound signature that a comment about one build quotes."""
MOST_LINES = 25
LONGEST_COMMENT = 12_000
"""Bytes; Gerrit's limit is 16,384 UTF-16 units, and sites set smaller ones."""

ADVICE = {
    Advice.RECHECK: "What to do: this is known and not caused by your change. Run CI again.",
    Advice.WAIT: "What to do: wait until the bug is fixed; until then CI will most likely fail the same way.",
    Advice.FIX: "What to do: the cause lies in the change itself; mend what the log line says.",
}
NO_ADVICE = "What to do: see the bug. If your change has nothing to do with it, run CI again."
TOKEN = re.compile(r"^gerritbot-er case ([0-9a-f]{12}\+?)(?: |$)")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a comment needs to know besides the verdict: the signatures, the CI, and where its page is.

    Notices speak of ``public_projects`` alone (empty: all).  ``bugs`` is what trackers say, by the bugs' URLs.
    """

    signatures: Mapping[str, Signature]
    ci: CI
    page: str | None = None
    public_projects: tuple[str, ...] = ()
    bugs: Mapping[str, BugFacts] = field(default_factory=dict)

    def bug_of(self, signature: Signature) -> BugFacts | None:
        """What its tracker says of a signature's bug."""
        return self.bugs.get(signature.bug or "")


def token_of(text: str) -> str | None:
    """The proof in the last line of a comment of ours; None where there is none."""
    found = TOKEN.match(text.rstrip().rpartition("\n")[2])
    return found[1] if found else None


def token_for(case_id: str, say: Say) -> str:
    """What the last line of a comment proves itself by: the case's id, with a "+" for its follow-up."""
    return case_id + ("+" if say is Say.ADDITION else "")


def comment(verdict: Verdict, say: Say, bugs: Sequence[str], repeats: int, occasion: Occasion) -> str | None:
    """The comment's text; None where nothing can be said without setting off a CI.

    ``bugs`` are the names of the signatures to speak of, ``repeats`` how often they were said before.
    """
    token = token_for(verdict.case.id, say)
    for quoting in (True, False):
        teller = _Teller(verdict, tuple(bugs), occasion, quoting=quoting)
        text = fitted(teller.again(token, repeats) if say is Say.AGAIN else teller.full(token, say))
        if not sets_off(text, occasion.ci.trigger_patterns):
            return text
    return None


def fitted(text: str, limit: int = LONGEST_COMMENT) -> str:
    """The text in at most ``limit`` bytes of UTF-8: its lines that fit, how many more there were, and its last line.

    No line is cut: half a link leads nowhere, and the last line is the comment's proof.
    """
    if len(text.encode()) <= limit:
        return text
    *lines, last = text.split("\n")
    room = limit - len(f"\n\n{_left_out(len(lines))}\n\n{last}".encode())
    kept = []
    for line in lines:
        size = len(line.encode()) + 1
        if size <= room:
            kept.append(line)
            room -= size
    told = _left_out(len(lines) - len(kept))
    return "\n\n".join(filter(None, ("\n".join(kept).rstrip("\n"), told, last)))


def _left_out(count: int) -> str:
    return f"and {_lines(count)}, too long for a comment"


def sets_off(text: str, patterns: Iterable[str]) -> bool:
    """Whether a CI that watches comments for these patterns would start a run, Gerrit's own first line included."""
    shown = (text, f"Patch Set 1:\n\n{text}", f"Patch Set 1: Verified-1\n\n(1 comment)\n\n{text}")
    return any(re.search(pattern, form) for pattern in patterns for form in shown)


def notices(
    verdict: Verdict, bugs: Sequence[str], occasion: Occasion, channels: Iterable[ChannelRule]
) -> tuple[Notice, ...]:
    """One notice for each channel whose rule fits; none for a change that not everybody may see."""
    report = verdict.case.report
    if not may_be_told(report.change, occasion.public_projects):
        return ()
    named = [occasion.signatures[bug] for bug in bugs]
    jobs = ", ".join(_job(b) for b in verdict.builds if _has_bug(b, bugs))
    what = "; ".join(_named_bug(signature, verdict, occasion.bug_of(signature)) for signature in named)
    where = f"{report.change.project} {report.change.number},{report.patchset}"
    pipeline = f" ({report.pipeline})" if report.pipeline else ""
    text = f"{where}{pipeline}: {clean_line(jobs, LONGEST_NAME)} failed: {what}"
    if report.change.url:
        text += f" - {report.change.url}"
    return tuple(
        Notice(channel.name, text)
        for channel in channels
        if fits_any(channel.projects, report.change.project)
        and fits_any(channel.pipelines, report.pipeline)
        and (not channel.categories or any(s.category in channel.categories for s in named))
    )


def _named_bug(signature: Signature, verdict: Verdict, bug: BugFacts | None) -> str:
    """A bug in a notice: its title, its URL, whether it is closed, and what was captured where that is short."""
    matches = (match for found in verdict.builds for match in found.bugs if match.signature == signature.name)
    brief = facts_in_brief(matches)
    words = (title_of(signature, bug), signature.bug, marked(bug).strip(), f"({brief})" if brief else "")
    return " ".join(filter(None, words))


def _job(found: BuildVerdict) -> str:
    """A report without jobs is the CI's whole run."""
    return literal(found.build.job) if found.build.job else "The CI run"


def _has_bug(found: BuildVerdict, bugs: Iterable[str]) -> bool:
    return any(match.signature in bugs for match in found.bugs)


class _Teller:
    """Tells one verdict; with ``quoting`` off, no text of a log and no name of a job is used."""

    def __init__(self, verdict: Verdict, bugs: tuple[str, ...], occasion: Occasion, *, quoting: bool) -> None:
        self._verdict = verdict
        self._bugs = bugs
        self._occasion = occasion
        self._quoting = quoting

    def full(self, token: str, say: Say) -> str:
        hit = [found for found in self._verdict.builds if _has_bug(found, self._bugs)]
        told = hit
        if say is not Say.ADDITION:
            told = [found for found in self._verdict.builds if found.build.voting or found in hit]
        head, *entries = [self._single(hit[0], say)] if len(told) == 1 else self._several(told, hit, say)
        advice = [*self._closed_among(len(told)), self._advice()]
        blocks = [head, *entries, advice, [self._last(token)]]
        spaced = "\n\n".join("\n".join(block) for block in blocks)
        if spaced.count("\n") < MOST_LINES:
            return spaced
        tight = [line for entry in entries for line in entry]
        return "\n".join([*head, "", *tight, "", *advice, self._last(token)])

    def again(self, token: str, repeats: int) -> str:
        time = {1: "the second time", 2: "the third time"}.get(repeats, f"time {repeats + 1}")
        return f"Known bug again, {time} on this patch set: {self._titles()}\n{self._last(token)}"

    # -- one failed build: at most 16 lines

    def _single(self, found: BuildVerdict, say: Say) -> list[str]:
        match, *others = self._matches(found)
        signature = self._signature(match)
        lines = [f"{_opening(say)}: {self._title(match.signature)}"]
        lines += [signature.bug] if signature.bug else []
        bug = self._bug(signature)
        lines += [closed_line(bug)] if bug is not None and bug.closed else []
        lines += [f"Also here: {self._reference(other.signature)}" for other in others[:2]]
        lines.append("")
        job = self._job(found)
        evidence = match.evidence
        link = self._link(evidence.url if evidence else found.build.web_url)
        below = [line for line in (self._facts(match), link) if line]
        if evidence is None or not self._quotable(evidence):
            return [*lines, f"{job} failed with it.", *below]
        said_by = _place(evidence) if evidence.file else "The CI"
        quoted = [_code(evidence.line), *self._more(match, evidence)]
        return [*lines, f"{job} failed with it. {said_by} says:", "", *quoted, *(["", *below] if below else [])]

    def _more(self, match: Match, first: Evidence) -> list[str]:
        """The further lines of a compound signature, in short; of other files with where they stand."""
        further = [one for one in match.more if self._quotable(one)]
        lines = [_code(one.line if one.file == first.file else _with_place(one)) for one in further[:SHOWN_MORE]]
        beyond = len(match.more) - len(lines)
        return [*lines, f"    … and {_lines(beyond)}"] if lines and beyond else lines

    # -- several: at most 25 lines for five

    def _several(self, told: list[BuildVerdict], hit: list[BuildVerdict], say: Say) -> list[list[str]]:
        """The opening, a block for each build that is told in full, and one that names the others."""
        counted = f"{len(hit)} of {len(told)} failed jobs"
        blocks = [[f"{_opening(say)}: {self._titles()} ({counted})"]]
        linked: set[str] = set()
        for found in hit[:SHOWN_IN_FULL]:
            blocks.append(self._entry(found, linked))
            linked.update(match.signature for match in found.bugs)
        rest = [("known bug too", hit[SHOWN_IN_FULL:])]
        for outcome, words in _OTHERWISE.items():
            rest.append((words, [b for b in told if b not in hit and b.outcome is outcome]))
        muted = [b for b in told if b not in hit and b.outcome is Outcome.EXPLAINED]
        rest.append(("a known bug that is muted here", muted))
        named = [f"{self._names(group)}: {words}." for words, group in rest if group]
        return [*blocks, [" ".join(named)]] if named else blocks

    def _entry(self, found: BuildVerdict, linked: set[str]) -> list[str]:
        """At most four lines; the first of the build's bugs has the evidence.  Bugs that are ``linked`` are named."""
        matches = self._matches(found)
        names = [match.signature for match in matches[:3]]
        references = "; ".join(self._title(name) if name in linked else self._reference(name) for name in names)
        lines = [f"{self._job(found)}: {references}"]
        evidence = matches[0].evidence
        if evidence is None or not self._quotable(evidence):
            return lines
        captured = self._facts(matches[0])
        seen_in = f"{captured}, seen in " if captured else ""
        more = f" and {_lines(len(matches[0].more))}" if matches[0].more else ""
        words = "the CI's words" if captured else "The CI's words"
        where = f"{seen_in}{_place(evidence) if evidence.file else words}{more}"
        link = self._link(evidence.url)
        return [*lines, f"{where}: {link}" if link else where, "", _code(evidence.line)]

    # -- parts

    def _matches(self, found: BuildVerdict) -> list[Match]:
        return [match for match in found.bugs if match.signature in self._bugs]

    def _signature(self, match: Match) -> Signature:
        return self._occasion.signatures[match.signature]

    def _quotable(self, evidence: Evidence) -> bool:
        line = f"{_code(evidence.line)}\n{_place(evidence)}"
        return self._quoting and evidence.line != "" and not sets_off(line, self._occasion.ci.trigger_patterns)

    def _facts(self, match: Match) -> str:
        """What was captured, "" where that may not be shown."""
        text = facts(match) if self._quoting else ""
        return "" if sets_off(text, self._occasion.ci.trigger_patterns) else text

    def _link(self, url: str | None) -> str | None:
        """A file's name stands in its link, so that one which would start a run is left out as well."""
        link = safe_link(url, self._occasion.ci)
        return None if link and sets_off(link, self._occasion.ci.trigger_patterns) else link

    def _bug(self, signature: Signature) -> BugFacts | None:
        """What its tracker says, as far as no CI takes that for a command: its users write there what they like."""
        bug = self._occasion.bug_of(signature) if self._quoting else None
        if bug is None or sets_off(f"{bug.title}\n{bug.state}", self._occasion.ci.trigger_patterns):
            return None
        return bug

    def _closed_among(self, builds: int) -> list[str]:
        """Said once where several builds are told of, whose bugs are marked."""
        bugs = (self._bug(self._occasion.signatures[name]) for name in self._bugs)
        return [CLOSED_AMONG_SEVERAL] if builds > 1 and any(bug is not None and bug.closed for bug in bugs) else []

    def _title(self, name: str) -> str:
        signature = self._occasion.signatures[name]
        return title_in_comment(signature, self._bug(signature))

    def _titles(self) -> str:
        """The first bugs by their titles, the others counted."""
        more = len(self._bugs) - SHOWN_TITLES
        titles = "; ".join(self._title(name) for name in self._bugs[:SHOWN_TITLES])
        return f"{titles} and {more} more" if more > 0 else titles

    def _reference(self, name: str) -> str:
        signature = self._occasion.signatures[name]
        title = self._title(name)
        return f"{title}, {signature.bug}{marked(self._bug(signature))}" if signature.bug else title

    def _job(self, found: BuildVerdict) -> str:
        if not self._quoting:
            return "The job"
        return _job(found)

    def _names(self, group: Sequence[BuildVerdict]) -> str:
        if not self._quoting:
            return f"{len(group)} more"
        shown = ", ".join(self._job(found) for found in group[:SHOWN_IN_FULL])
        return shown + (f" and {len(group) - SHOWN_IN_FULL} more" if len(group) > SHOWN_IN_FULL else "")

    def _advice(self) -> str:
        """Of several bugs' advice the one that asks most of the author."""
        given = [self._occasion.signatures[name].advice for name in self._bugs]
        return advice_text(min(given, key=lambda advice: _DEMANDS.get(advice, 1)))

    def _last(self, token: str) -> str:
        page = self._occasion.page
        return f"gerritbot-er case {token}" + (f" {page}/case/{self._verdict.case.id}" if page else "")


_OTHERWISE: Mapping[Outcome, str] = {
    Outcome.UNEXPLAINED: "no known bug",
    Outcome.WAITING: "logs not here yet",
    Outcome.NO_LOGS: "no logs came",
    Outcome.UNDECIDED: "undecided, as not everything could be searched",
}

_DEMANDS: Mapping[str | None, int] = {Advice.FIX: 0, Advice.WAIT: 2, None: 3, Advice.RECHECK: 4}
"""A sentence of the signature's own comes second."""


def _opening(say: Say) -> str:
    return "One more known bug" if say is Say.ADDITION else "Known bug"


def advice_text(advice: str | None) -> str:
    """What the author of the change should do, in one sentence."""
    if advice is None:
        return NO_ADVICE
    try:
        return ADVICE[Advice(advice)]
    except ValueError:
        return f"What to do: {clean_line(advice, 2 * LONGEST_LINE)}"


def _place(evidence: Evidence) -> str:
    where = literal(evidence.file)
    return f"{where} line {evidence.number}" if evidence.number else where


def _with_place(evidence: Evidence) -> str:
    number = f" line {evidence.number}" if evidence.number else ""
    return f"{clean_line(evidence.file, LONGEST_NAME)}{number}: {evidence.line}"


def _lines(count: int) -> str:
    return f"{count} more line{'' if count == 1 else 's'}"


def _code(line: str) -> str:
    return "    " + clean_line(line, LONGEST_LINE)
