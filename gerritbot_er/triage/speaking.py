"""Whether something is said about a case now, and what kind of thing: pure rules over what is known and was said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gerritbot_er.model import Outcome, Signature, Verdict
from gerritbot_er.ports import Spoken
from gerritbot_er.settings import Speaking

from .cases import Mode


class Say(StrEnum):
    """What is done about a case now."""

    WAIT = "wait"  # something may still change
    NOTHING = "nothing"
    COMMENT = "comment"
    AGAIN = "again"  # the same bugs as last time on this patch set, in one line
    ADDITION = "addition"  # the follow-up that adds a bug
    ELSEWHERE = "no known bug, but seen elsewhere"
    NOTICE = "notice"  # IRC alone


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done about a case now, and why.

    ``bugs`` are the names of the signatures to speak of, or the keys of groups of failures without a known bug.

    ``why`` says in a few words why nothing is said.  Nothing without a reason is nothing more: all was said before.
    ``limited``: one of the limits is why.
    """

    say: Say
    bugs: tuple[str, ...] = ()
    why: str = ""
    repeats: int = 0
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """What the decision depends on besides the verdict.

    ``held`` are the seconds since the first bug was found; ``newest`` is (newest patch set, open) of the change;
    ``spoken`` our comments on this patch set; ``last_hour`` the number of comments in all in the last hour.  What was
    decided and does not stand is decided no second time, but counts for no limit.  ``elsewhere`` are the keys of the
    groups that enough other changes are hit by.
    """

    mode: Mode
    final: bool
    held: float
    newest: tuple[int, bool] | None
    spoken: Sequence[Spoken]
    last_hour: int
    muted: frozenset[str]
    notified: bool = False
    elsewhere: tuple[str, ...] = ()

    @property
    def visible(self) -> Sequence[Spoken]:
        """Our comments that whoever looks at the patch set sees, or soon will."""
        return [spoken for spoken in self.spoken if spoken.stands]


def decide(verdict: Verdict, signatures: Mapping[str, Signature], situation: Situation, rules: Speaking) -> Decision:
    """Whether to speak: when every voting failed build is decided, or the first bug has been held long enough."""
    bugs = tuple(name for name in verdict.bugs if _may_speak_of(name, signatures, situation.muted))
    before = [spoken for spoken in situation.spoken if spoken.case_id == verdict.case.id]
    if not bugs and not verdict.bugs and situation.final and situation.elsewhere and not before:
        return _elsewhere(verdict, situation, rules)
    if not bugs:
        return _silence(verdict, situation)
    if before or situation.notified:
        return _addition(verdict, bugs, before, situation, rules)
    if not (situation.final or _decided(verdict) or situation.held >= rules.hold):
        return Decision(Say.WAIT)
    barred = _barred(verdict, situation, rules)
    if barred:
        return barred
    if situation.mode == "shadow":
        return Decision(Say.NOTICE, bugs, why="in shadow: IRC alone")
    visible = situation.visible
    if visible and visible[-1].bugs == bugs:
        return Decision(Say.AGAIN, bugs, repeats=sum(1 for spoken in visible if spoken.bugs == bugs))
    return Decision(Say.COMMENT, bugs)


def _addition(
    verdict: Verdict, bugs: tuple[str, ...], before: Sequence[Spoken], situation: Situation, rules: Speaking
) -> Decision:
    """One follow-up at the end, only if it adds a bug."""
    if not situation.final:
        return Decision(Say.WAIT)
    said = {bug for spoken in before for bug in spoken.bugs}
    new = tuple(bug for bug in bugs if bug not in said)
    if situation.notified or not new or any(spoken.part > 1 for spoken in before):
        return Decision(Say.NOTHING)
    return _barred(verdict, situation, rules) or Decision(Say.ADDITION, new)


def _elsewhere(verdict: Verdict, situation: Situation, rules: Speaking) -> Decision:
    """No bug is known, but other changes fail in the same way: the author hears that at the end."""
    groups = situation.elsewhere
    barred = _barred(verdict, situation, rules)
    if barred:
        return barred
    if situation.mode == "shadow":
        return Decision(Say.NOTICE, groups, why=f"{Say.ELSEWHERE}; in shadow: IRC alone")
    visible = situation.visible
    again = bool(visible) and visible[-1].bugs == groups
    return Decision(Say.ELSEWHERE, groups, repeats=sum(1 for s in visible if s.bugs == groups) if again else 0)


def _decided(verdict: Verdict) -> bool:
    """Whether every voting failed build has an outcome that waiting would not change soon."""
    return all(b.outcome is not Outcome.WAITING for b in verdict.builds if b.build.voting)


def _may_speak_of(name: str, signatures: Mapping[str, Signature], muted: frozenset[str]) -> bool:
    signature = signatures.get(name)
    return signature is not None and not signature.suppress_notification and name not in muted


def _silence(verdict: Verdict, situation: Situation) -> Decision:
    if not situation.final:
        return Decision(Say.WAIT)
    if verdict.bugs:
        return Decision(Say.NOTHING, why="its bugs are muted")
    if verdict.summary == "undecided":
        return Decision(Say.NOTHING, why="not everything could be searched")
    if verdict.builds and all(build.outcome is Outcome.NO_LOGS for build in verdict.builds):
        return Decision(Say.NOTHING, why="no logs came")
    return Decision(Say.NOTHING, why="no known bug")


def _barred(verdict: Verdict, situation: Situation, rules: Speaking) -> Decision | None:
    """Silence where speaking would come too late or too often; it may still change while the case is open."""
    why, limited = None, False
    patchset, newest = verdict.case.report.patchset, situation.newest
    if newest and not newest[1]:
        why = "the change is closed"
    elif newest and newest[0] > patchset:
        why = f"patch set {patchset} is outdated by {newest[0]}"
    elif len(situation.visible) >= rules.per_patchset:
        why, limited = f"{rules.per_patchset} comments on this patch set already", True
    elif situation.last_hour >= rules.per_hour:
        why, limited = f"{rules.per_hour} comments in the last hour already", True
    if why is None:
        return None
    return Decision(Say.NOTHING if situation.final else Say.WAIT, why=why, limited=limited)
