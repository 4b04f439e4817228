"""Unexplained failures that other changes have as well: which are told of, and the line that tells most.  Pure."""

from collections.abc import Collection, Sequence

from gerritbot_er.insight.likeness import traits
from gerritbot_er.model import BuildVerdict, Evidence, Outcome, Reach, Verdict


def seen_elsewhere(verdict: Verdict, reaches: Sequence[Reach], least: int, muted: Collection[str]) -> tuple[str, ...]:
    """The keys of the groups of voting unexplained builds that hit at least so many other changes lately, sorted."""
    unexplained = {b.build.identity for b in verdict.builds if b.build.voting and b.outcome is Outcome.UNEXPLAINED}
    return tuple(
        sorted(
            reach.failure.key
            for reach in reaches
            if not reach.failure.known
            and (reach.others or 0) >= least
            and reach.builds & unexplained
            and reach.failure.key not in muted
        )
    )


def telling_line(found: BuildVerdict) -> Evidence | None:
    """Of the lines that may tell why a build failed the one that tells most; None where there is none."""
    best = traits(found.lines)
    if best:
        return found.lines[best[0].line]
    return found.lines[-1] if found.lines else None
