"""The comment on a failure without a known bug that other changes have as well.  Pure."""

from collections.abc import Sequence

from gerritbot_er.model import BuildVerdict, Reach, Verdict

from .comment_parts import Quoting, code, fitted, place, sets_off
from .elsewhere import telling_line
from .reach_words import WAIT_FOR_END, changes_in_words, elsewhere_words, group_page, nth_time, outage_line
from .wording import OTHERWISE, Occasion, last_line

SHOWN_IN_FULL = 2
"""Groups told with a line."""
NOT_YOURS = "Unless those changes build on yours, it is most likely not your patch."
RUN_AGAIN = "What to do: run CI again. If it fails in the same way, tell those who look after the job."


def elsewhere_comment(verdict: Verdict, groups: Sequence[str], repeats: int, occasion: Occasion) -> str | None:
    """The comment's text; None where nothing can be said without setting off a CI.

    ``groups`` are the keys of those to speak of, ``repeats`` how often they were said before.
    """
    told = [reach for reach in occasion.reaches if reach.failure.key in groups]
    told.sort(key=lambda reach: -(reach.others or 0))
    for quoting in (True, False):
        teller = _Teller(verdict, told, occasion, Quoting(occasion.ci, on=quoting))
        text = fitted(teller.again(repeats) if repeats else teller.full())
        if not sets_off(text, occasion.ci.trigger_patterns):
            return text
    return None


class _Teller:
    """Tells of these failures, the one that reaches farthest first."""

    def __init__(self, verdict: Verdict, told: Sequence[Reach], occasion: Occasion, quotes: Quoting) -> None:
        self._verdict = verdict
        self._told = told
        self._occasion = occasion
        self._quotes = quotes
        lasting = [occasion.outages[reach.failure] for reach in told if reach.failure in occasion.outages]
        self._outage = [outage_line(lasting[0])] if lasting else []
        self._last = last_line(verdict.case.id, verdict.case.id, occasion.page)

    def again(self, repeats: int) -> str:
        words = elsewhere_words(self._told[0]).removeprefix("no known bug, ")
        again = f"No known bug again, {nth_time(repeats)} on this patch set, {words}."
        return "\n".join([again, *self._outage, self._last])

    def full(self) -> str:
        head = [f"{elsewhere_words(self._told[0]).capitalize()}.", NOT_YOURS]
        entries = [self._entry(reach, first=reach is self._told[0]) for reach in self._told[:SHOWN_IN_FULL]]
        rest = self._rest()
        advice = [*self._outage, WAIT_FOR_END if self._outage else RUN_AGAIN]
        blocks = [head, *entries, *([rest] if rest else []), advice, [self._last]]
        return "\n\n".join("\n".join(block) for block in blocks)

    def _entry(self, reach: Reach, *, first: bool) -> list[str]:
        """At most six lines: the jobs, what one of them says, and where to read on."""
        hit = self._hit(reach)
        other = changes_in_words(reach.others or 0)
        head = f"{self._jobs(hit)} failed " + ("with it." if first else f"in another way, which hit {other}.")
        page = group_page(self._occasion.page, reach.failure)
        below = [f"All that is known of it: {page}"] if page else []
        line = telling_line(hit[0])
        if line is None or not self._quotes.quotable(line):
            link = self._quotes.link(hit[0].build.web_url)
            return [head, *([link] if link else []), *below]
        link = self._quotes.link(line.url)
        below = [*([link] if link else []), *below]
        return [f"{head} {place(line)} says:", "", code(line.line), *(["", *below] if below else [])]

    def _jobs(self, hit: Sequence[BuildVerdict]) -> str:
        if self._quotes.on:
            return self._quotes.names(hit)
        return "The job" if len(hit) == 1 else f"{len(hit)} jobs"

    def _hit(self, reach: Reach) -> list[BuildVerdict]:
        return [found for found in self._verdict.builds if found.build.identity in reach.builds]

    def _rest(self) -> list[str]:
        """One line on the voting builds that were not told of."""
        told = frozenset[str]().union(*(reach.builds for reach in self._told[:SHOWN_IN_FULL]))
        left = [b for b in self._verdict.builds if b.build.voting and b.build.identity not in told]
        groups = ((words, [b for b in left if b.outcome is outcome]) for outcome, words in OTHERWISE.items())
        named = [f"{self._quotes.names(group)}: {words}." for words, group in groups if group]
        return [" ".join(named)] if named else []
