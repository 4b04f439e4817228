"""The speaker records verdicts and puts what is to be said into the outbox, in one commit."""

import logging
from collections.abc import Iterable, Sequence

from gerritbot_er.model import BugFacts, Case, Verdict
from gerritbot_er.ports import NO_BUGS, Brakes, Bugs, Cases, Clock, Mark, Marks, Post
from gerritbot_er.settings import Settings
from gerritbot_er.signatures.library import Library

from . import wording
from .bug_words import as_told
from .speaking import Decision, Say, Situation, decide
from .work import CaseWork

log = logging.getLogger(__name__)

GERRIT = "gerrit"
IRC = "irc:"
HOUR = 3600.0


class Speaker:
    """Owned by the desk."""

    def __init__(
        self, settings: Settings, cases: Cases, brakes: Brakes, clock: Clock, marks: Marks, *, bugs: Bugs = NO_BUGS
    ) -> None:
        self._settings = settings
        self._cis = {ci.name: ci for ci in settings.cis}
        self._cases = cases
        self._brakes = brakes
        self._clock = clock
        self._marks = marks
        self._bugs = bugs

    def set_aside(self, case: Case, why: str) -> None:
        """Record that nothing is asked or said about a case."""
        self._settle(Verdict(case, ()), why, (), done=True)

    def speak(self, work: CaseWork, library: Library, now: float, *, final: bool) -> None:
        """Say what is to be said now, if anything; a final case is closed."""
        verdict, report = work.verdict, work.case.report
        utc = self._clock.now()
        situation = Situation(
            mode=work.mode,
            final=final,
            held=0.0 if work.first_bug is None else now - work.first_bug,
            newest=self._cases.newest(report.change.number),
            spoken=self._cases.spoken(report.change.number, report.patchset),
            last_hour=self._cases.comments_since(utc - HOUR),
            muted=self._brakes.muted(utc),
            notified=work.notified,
        )
        decision = decide(verdict, library.by_name, situation, self._settings.speaking)
        if decision.say is Say.WAIT:
            return
        if decision.say is Say.NOTHING:
            self._settle(verdict, decision.why or None, (), done=final, held=decision.held)
            return
        work.notified = work.notified or decision.say is Say.NOTICE
        posts, said = self._posts(verdict, decision, library)
        self._settle(verdict, said, posts, done=final)

    def _settle(
        self, verdict: Verdict, said: str | None, posts: Sequence[Post], *, done: bool, held: bool = False
    ) -> None:
        """Record it, and give whoever reads the log one line for each decision."""
        self._marks(Mark.DECIDED)
        self._cases.settle(verdict, said, posts, done=done, held=held)
        self._marks(Mark.SETTLED)
        if said is not None:
            case, report = verdict.case, verdict.case.report
            where = (report.change.project, report.change.number, report.patchset)
            log.info("case %s, %s %d,%d: %s; %s", case.id, *where, verdict.summary, said)

    def _known(self, names: Iterable[str], library: Library) -> dict[str, BugFacts]:
        """What trackers say of these signatures' bugs, as far as that is known already."""
        urls = (library.by_name[name].bug for name in names)
        known = {url: self._bugs.known(url) for url in urls if url}
        now = self._clock.now()
        return {url: as_told(bug, now) for url, bug in known.items() if bug is not None}

    def _posts(self, verdict: Verdict, decision: Decision, library: Library) -> tuple[tuple[Post, ...], str]:
        report = verdict.case.report
        ci = self._cis[report.ci]
        page, public = self._settings.speaking.page, self._settings.public_projects
        occasion = wording.Occasion(library.by_name, ci, page, public, self._known(decision.bugs, library))
        part = 2 if decision.say is Say.ADDITION else 1
        token = wording.token_for(verdict.case.id, decision.say)
        posts, said = [], decision.why or decision.say.value

        def post(sink: str, body: str, token: str) -> Post:
            return Post(verdict.case.id, sink, part, report.change.number, report.patchset, decision.bugs, body, token)

        if decision.say is not Say.NOTICE:
            body = wording.comment(verdict, decision.say, decision.bugs, decision.repeats, occasion)
            if body is None:
                said = "no comment: every wording of it would have started a CI run"
            else:
                posts.append(post(GERRIT, body, token))
        channels = self._settings.irc.channels if self._settings.irc else ()
        notices = wording.notices(verdict, decision.bugs, occasion, channels)
        posts += [post(IRC + notice.channel, notice.text, "") for notice in notices]
        return tuple(posts), said
