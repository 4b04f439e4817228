"""The speaker records verdicts and puts what is to be said into the outbox, in one commit."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gerritbot_er.model import BugFacts, Case, Failure, Outage, Reach, Verdict
from gerritbot_er.ports import (
    FOLLOW_UP,
    GERRIT_SINK,
    IRC_SINK,
    AtFailpoint,
    Brakes,
    Bugs,
    Cases,
    Clock,
    Failpoint,
    Post,
    Sightings,
)
from gerritbot_er.settings import Settings
from gerritbot_er.signatures.library import Library

from .bug_words import as_told
from .elsewhere import seen_elsewhere
from .elsewhere_words import elsewhere_comment
from .notice_words import notices
from .outages import OutageWatch
from .publicity import may_be_told
from .speaking import Decision, Say, Situation, decide
from .wording import Occasion, comment, token_for
from .work import CaseWork

log = logging.getLogger(__name__)

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class _Others:
    """What is known of other changes with the same failures, for the words of a comment.

    ``reaches`` says how many changes each failure hit, ``outages`` which of them are outages, and ``elsewhere`` holds
    the keys of the groups that enough other changes are hit by.
    """

    reaches: Sequence[Reach] = ()
    outages: Mapping[Failure, Outage] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()


_NOBODY = _Others()


class Speaker:
    """Owned by the desk: decides what is said of a case, words it, and stores it with the verdict."""

    def __init__(
        self,
        settings: Settings,
        *,
        cases: Cases,
        sightings: Sightings | None,
        outages: OutageWatch,
        brakes: Brakes,
        bugs: Bugs,
        clock: Clock,
        at_failpoint: AtFailpoint,
    ) -> None:
        self._settings = settings
        self._sightings = sightings
        self._outages = outages
        self._cis = {ci.name: ci for ci in settings.cis}
        self._cases = cases
        self._brakes = brakes
        self._clock = clock
        self._at_failpoint = at_failpoint
        self._bugs = bugs

    def set_aside(self, case: Case, why: str) -> None:
        """Record that nothing is asked or said about a case."""
        self._settle(Verdict(case, ()), why, (), done=True)

    def speak(self, work: CaseWork, library: Library, now: float, *, final: bool) -> None:
        """Say what is to be said now, if anything; a final case is closed.

        What is known of a case is among the sightings before anything is said: the words tell of other changes too.
        """
        verdict, report = self._as_private(work.verdict), work.case.report
        rules, utc = self._settings.speaking, self._clock.now()
        others = self._look_around(verdict, work, now) if final else _NOBODY
        muted = self._brakes.muted(utc)
        situation = Situation(
            mode=work.mode,
            final=final,
            held=0.0 if work.first_bug is None else now - work.first_bug,
            newest=self._cases.newest(report.change.number),
            spoken=self._cases.spoken(report.change.number, report.patchset),
            last_hour=self._cases.comments_since(utc - HOUR),
            muted=muted,
            notified=work.notified,
            elsewhere=seen_elsewhere(verdict, others.reaches, rules.seen_elsewhere, muted),
        )
        decision = decide(verdict, library.by_name, situation, rules)
        if decision.say is Say.WAIT:
            return
        if decision.say is Say.NOTHING:
            self._settle(verdict, decision.why or None, (), done=final, limited=decision.limited)
            return
        work.notified = work.notified or decision.say is Say.NOTICE
        others = others if final else self._look_around(verdict, work, now)
        posts, said = self._posts(verdict, decision, library, replace(others, elsewhere=situation.elsewhere))
        self._settle(verdict, said, posts, done=final)

    def _as_private(self, verdict: Verdict) -> Verdict:
        """The verdict on a private change where the change has become one since its report."""
        case, report = verdict.case, verdict.case.report
        private_at = self._cases.private_at(report.change.number)
        if private_at is None or private_at < report.at:
            return verdict
        change = replace(report.change, private=True)
        return replace(verdict, case=replace(case, report=replace(report, change=change)))

    def _look_around(self, verdict: Verdict, work: CaseWork, now: float) -> _Others:
        """What is known of other changes with the same failures.  Time is the server's, whose clock is not ours."""
        at = work.case.report.at
        if self._sightings is None:
            return _NOBODY
        self._sightings.judged(verdict)
        if not at:
            return _NOBODY
        reaches = self._sightings.reach(verdict, at + now - work.since, self._settings.outage.window)
        return _Others(reaches, self._outages.take_in(verdict, reaches, self._sightings))

    def _settle(
        self, verdict: Verdict, said: str | None, posts: Sequence[Post], *, done: bool, limited: bool = False
    ) -> None:
        """Record the verdict and its posts, and write one line into the log for each decision."""
        self._at_failpoint(Failpoint.DECIDED)
        self._cases.settle(verdict, said, posts, done=done, limited=limited)
        self._at_failpoint(Failpoint.SETTLED)
        if said is not None:
            case, report = verdict.case, verdict.case.report
            told = may_be_told(report.change, self._settings.public_projects)
            where = (report.change.project if told else "not public", report.change.number, report.patchset)
            log.info("case %s, %s %d,%d: %s; %s", case.id, *where, verdict.summary, said)

    def _known(self, names: Iterable[str], library: Library) -> dict[str, BugFacts]:
        """What trackers say of these signatures' bugs, as far as that is known already."""
        urls = (library.by_name[name].bug for name in names if name in library.by_name)
        known = {url: self._bugs.known(url) for url in urls if url}
        now = self._clock.now()
        return {url: as_told(bug, now) for url, bug in known.items() if bug is not None}

    def _posts(
        self, verdict: Verdict, decision: Decision, library: Library, others: _Others
    ) -> tuple[tuple[Post, ...], str]:
        report = verdict.case.report
        occasion = Occasion(
            library.by_name,
            self._cis[report.ci],
            self._settings.speaking.page,
            self._settings.public_projects,
            bugs=self._known(decision.bugs, library),
            reaches=others.reaches,
            outages=others.outages,
            elsewhere=others.elsewhere,
        )
        part = FOLLOW_UP if decision.say is Say.ADDITION else 1
        posts, said = [], decision.why or decision.say.value

        def post(sink: str, body: str, token: str = "") -> Post:
            return Post(verdict.case.id, sink, part, report.change.number, report.patchset, decision.bugs, body, token)

        if decision.say is not Say.NOTICE:
            body = _comment(verdict, decision, occasion)
            if body is None:
                said = "no comment: every wording of it would have started a CI run"
            else:
                posts.append(post(GERRIT_SINK, body, token_for(verdict.case.id, decision.say)))
        channels = self._settings.irc.channels if self._settings.irc else ()
        lasting = {failure.key for failure in others.outages}
        told = [bug for bug in decision.bugs if bug not in lasting]
        posts += [post(IRC_SINK + one.channel, one.text) for one in notices(verdict, told, occasion, channels)]
        return tuple(posts), said


def _comment(verdict: Verdict, decision: Decision, occasion: Occasion) -> str | None:
    if decision.say is Say.ELSEWHERE:
        return elsewhere_comment(verdict, decision.bugs, decision.repeats, occasion)
    return comment(verdict, decision.say, decision.bugs, decision.repeats, occasion)
