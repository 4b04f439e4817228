"""The words of comments: pure functions from a verdict to text.

The text reads well as it stands and as Markdown: log lines are code by indentation, names of others are literal, and
only vetted links stand in it.  No text matches a CI's trigger pattern, whatever it quotes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import (
    REPLY_PREFIX,
    Advice,
    BugFacts,
    BuildVerdict,
    Evidence,
    Failure,
    Judgement,
    Match,
    Outage,
    Outcome,
    Reach,
    Signature,
    Verdict,
)
from gerritbot_er.settings import CI

from .bug_words import CLOSED_AMONG_SEVERAL, closed_line, marked, title_in_comment
from .captured_words import captured
from .comment_parts import (
    LONGEST_LINE,
    MOST_LINES,
    Quoting,
    code,
    fitted,
    has_bug,
    more_lines,
    place,
    sets_off,
    with_place,
)
from .reach_words import OUTAGE, WAIT_FOR_END, elsewhere_words, nth_time, reach_lines
from .speaking import Say

MOST_LINES_OF_ONE = 16
"""Where one build failed."""
SHOWN_IN_FULL = 5
"""Builds told with their evidence; more are only named, so that five fill 25 lines."""
SHOWN_TITLES = 3
"""Bugs that an opening names; the others are counted."""
SHOWN_MORE = 2
"""Further lines of a compound signature that a comment about one build quotes."""
_GIVE_WAY = ((SHOWN_MORE, True), (1, True), (0, True), (0, False))
"""Further lines, and whether what was captured stands there: what gives way, after how to answer, for want of room."""
ADVICE = {
    Advice.RECHECK: "What to do: this is known and not caused by your change. Run CI again.",
    Advice.WAIT: "What to do: wait until the bug is fixed; until then CI will most likely fail the same way.",
    Advice.FIX: "What to do: the cause lies in the change itself; mend what the log line says.",
}
HOW_TO_REPLY = (
    f"Does this fit? Answer with a line `{REPLY_PREFIX} {Judgement.CONFIRM}` or `{REPLY_PREFIX} {Judgement.WRONG}`."
)
NO_ADVICE = "What to do: see the bug. If your change has nothing to do with it, run CI again."
TOKEN = re.compile(r"^gerritbot-er case ([0-9a-f]{12}\+?)(?: |$)")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a comment needs to know besides the verdict: the signatures, the CI, and where its page is.

    Notices speak of ``public_projects`` alone (empty: all).  ``bugs`` is what trackers say, by the bugs' URLs;
    ``reaches`` and ``outages`` tell of other changes, ``elsewhere`` are the keys of groups that hit enough of them.
    """

    signatures: Mapping[str, Signature]
    ci: CI
    page: str | None = None
    public_projects: tuple[str, ...] = ()
    bugs: Mapping[str, BugFacts] = field(default_factory=dict)
    reaches: Sequence[Reach] = ()
    outages: Mapping[Failure, Outage] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()

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


def last_line(token: str, case_id: str, page: str | None) -> str:
    """The proof, with the link to our own page of the case where there is one."""
    return f"gerritbot-er case {token}" + (f" {page}/case/{case_id}" if page else "")


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


class _Teller:
    """Tells one verdict; with ``quoting`` off, no text of a log and no name of a job is used."""

    def __init__(self, verdict: Verdict, bugs: tuple[str, ...], occasion: Occasion, *, quoting: bool) -> None:
        self._verdict = verdict
        self._bugs = bugs
        self._occasion = occasion
        self._quoting = quoting
        self._quotes = Quoting(occasion.ci, on=quoting)

    def full(self, token: str, say: Say) -> str:
        hit = [found for found in self._verdict.builds if has_bug(found, self._bugs)]
        told = hit
        if say is not Say.ADDITION:
            told = [found for found in self._verdict.builds if found.build.voting or found in hit]
        if len(told) == 1:
            return self._of_one(hit[0], token, say)
        advice = [*self._reach(), *self._closed_among(len(told)), self._advice()]
        blocks = self._several(told, hit, say, SHOWN_IN_FULL)
        spaced = _spaced([*blocks, advice, [self._last(token)]])
        asking = _spaced([*blocks, [*advice, HOW_TO_REPLY], [self._last(token)]])
        if asking.count("\n") < MOST_LINES and not self._quotes.sets_off(HOW_TO_REPLY):
            return asking
        if spaced.count("\n") < MOST_LINES:
            return spaced
        tight = spaced
        for shown in range(SHOWN_IN_FULL, 0, -1):
            head, *entries = self._several(told, hit, say, shown)
            block = [line for entry in entries for line in entry]
            tight = "\n".join([*head, "", *block, "", *advice, self._last(token)])
            if tight.count("\n") < MOST_LINES:
                break
        return tight

    def again(self, token: str, repeats: int) -> str:
        time = nth_time(repeats)
        outages = [line for line in self._reach() if line.startswith(OUTAGE)]
        again = f"Known bug again, {time} on this patch set: {self._titles()}"
        return "\n".join([again, *outages, self._last(token)])

    # -- one failed build: at most 16 lines

    def _of_one(self, found: BuildVerdict, token: str, say: Say) -> str:
        last, advice = [self._last(token)], [*self._reach()[:1], self._advice()]
        asking = _spaced([self._single(found, say, SHOWN_MORE, values=True), [*advice, HOW_TO_REPLY], last])
        if asking.count("\n") < MOST_LINES_OF_ONE and not self._quotes.sets_off(HOW_TO_REPLY):
            return asking
        text = ""
        for most, values in _GIVE_WAY:
            text = _spaced([self._single(found, say, most, values=values), advice, last])
            if text.count("\n") < MOST_LINES_OF_ONE:
                break
        return text

    def _single(self, found: BuildVerdict, say: Say, most: int, *, values: bool) -> list[str]:
        """With at most so many further lines, and with captured ``values`` or without."""
        match, *others = self._matches(found)
        signature = self._signature(match)
        lines = [f"{_opening(say)}: {self._title(match.signature)}"]
        lines += [signature.bug] if signature.bug else []
        bug = self._bug(signature)
        lines += [closed_line(bug)] if bug is not None and bug.closed else []
        lines += [f"Also here: {self._reference(other.signature)}" for other in others[:2]]
        lines.append("")
        job = self._quotes.job(found)
        evidence = match.evidence
        link = self._quotes.link(evidence.url if evidence else found.build.web_url)
        below = [line for line in (self._captured(match) if values else "", link) if line]
        if evidence is None or not self._quotes.quotable(evidence):
            return [*lines, f"{job} failed with it.", *below]
        said_by = place(evidence) if evidence.file else "The CI"
        quoted = [code(evidence.line), *self._more(match, evidence, most)]
        return [*lines, f"{job} failed with it. {said_by} says:", "", *quoted, *(["", *below] if below else [])]

    def _more(self, match: Match, first: Evidence, most: int) -> list[str]:
        """The further lines of a compound signature, in short; of other files with where they stand."""
        further = [one for one in match.more if self._quotes.quotable(one)]
        lines = [code(one.line if one.file == first.file else with_place(one)) for one in further[:most]]
        beyond = len(match.more) - len(lines)
        return [*lines, f"    … and {more_lines(beyond)}"] if lines and beyond else lines

    # -- several: at most 25 lines for five

    def _several(self, told: list[BuildVerdict], hit: list[BuildVerdict], say: Say, shown: int) -> list[list[str]]:
        """The opening, a block for each of so many builds that are told in full, and one that names the others."""
        counted = f"{len(hit)} of {len(told)} failed jobs"
        blocks = [[f"{_opening(say)}: {self._titles()} ({counted})"]]
        linked: set[str] = set()
        for found in hit[:shown]:
            blocks.append(self._entry(found, linked))
            linked.update(match.signature for match in found.bugs)
        rest = [("known bug too", hit[shown:])]
        elsewhere = self._elsewhere()
        rest += [(elsewhere_words(reach), [b for b in told if b.build.identity in reach.builds]) for reach in elsewhere]
        among = frozenset[str]().union(*(reach.builds for reach in elsewhere))
        told = [b for b in told if b.build.identity not in among or b in hit]
        for outcome, words in OTHERWISE.items():
            rest.append((words, [b for b in told if b not in hit and b.outcome is outcome]))
        muted = [b for b in told if b not in hit and b.outcome is Outcome.EXPLAINED]
        rest.append(("a known bug that is muted here", muted))
        named = [f"{self._quotes.names(group)}: {words}." for words, group in rest if group]
        return [*blocks, [" ".join(named)]] if named else blocks

    def _entry(self, found: BuildVerdict, linked: set[str]) -> list[str]:
        """At most four lines; the first of the build's bugs has the evidence.  Bugs that are ``linked`` are named."""
        matches = self._matches(found)
        names = [match.signature for match in matches[:3]]
        references = "; ".join(self._title(name) if name in linked else self._reference(name) for name in names)
        lines = [f"{self._quotes.job(found)}: {references}"]
        evidence = matches[0].evidence
        if evidence is None or not self._quotes.quotable(evidence):
            return lines
        captured = self._captured(matches[0])
        seen_in = f"{captured}, seen in " if captured else ""
        more = f" and {more_lines(len(matches[0].more))}" if matches[0].more else ""
        words = "the CI's words" if captured else "The CI's words"
        where = f"{seen_in}{place(evidence) if evidence.file else words}{more}"
        link = self._quotes.link(evidence.url)
        return [*lines, f"{where}: {link}" if link else where, "", code(evidence.line)]

    # -- parts

    def _matches(self, found: BuildVerdict) -> list[Match]:
        return [match for match in found.bugs if match.signature in self._bugs]

    def _signature(self, match: Match) -> Signature:
        return self._occasion.signatures[match.signature]

    def _captured(self, match: Match) -> str:
        """What was captured, "" where that may not be shown."""
        text = captured(match) if self._quoting else ""
        return "" if sets_off(text, self._occasion.ci.trigger_patterns) else text

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

    def _reach(self) -> list[str]:
        """Whether other changes fail with these bugs as well."""
        known = [reach for reach in self._occasion.reaches if reach.failure.known and reach.failure.name in self._bugs]
        named = [(self._title(reach.failure.name), reach) for reach in known]
        lines = reach_lines(named, self._occasion.outages, len(self._bugs))
        return [line for line in lines if not self._quotes.sets_off(line)]

    def _elsewhere(self) -> list[Reach]:
        """Of the failures without a known bug those that enough other changes have."""
        return [reach for reach in self._occasion.reaches if reach.failure.key in self._occasion.elsewhere]

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

    def _last(self, token: str) -> str:
        return last_line(token, self._verdict.case.id, self._occasion.page)

    def _advice(self) -> str:
        """Of several bugs' advice the one that asks most of the author."""
        given = [self._occasion.signatures[name].advice for name in self._bugs]
        advice = min(given, key=lambda advice: _DEMANDS.get(advice, 1))
        lasts = any(Failure(name) in self._occasion.outages for name in self._bugs)
        return WAIT_FOR_END if lasts and advice in (Advice.RECHECK, None) else advice_text(advice)


OTHERWISE: Mapping[Outcome, str] = {
    Outcome.UNEXPLAINED: "no known bug",
    Outcome.WAITING: "logs not here yet",
    Outcome.NO_LOGS: "no logs came",
    Outcome.UNDECIDED: "undecided, as not everything could be searched",
}

_DEMANDS: Mapping[str | None, int] = {Advice.FIX: 0, Advice.WAIT: 2, None: 3, Advice.RECHECK: 4}
"""A sentence of the signature's own comes second."""


def _spaced(blocks: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks)


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
