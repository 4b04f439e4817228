"""The desk moves each case from step to step: facts, logs, classifying, verdict, words.  All cases in one loop.

Nothing here blocks: every question to a peer is handed to ``Calls`` and its answer collected in a later step.
"""

import random
import threading
from collections.abc import Callable, Iterable

from gerritbot_er.model import Case, Outcome
from gerritbot_er.ports import (
    NO_BUGS,
    NO_METER,
    AtFailpoint,
    Brakes,
    Bugs,
    Calls,
    Cases,
    Clock,
    Failpoint,
    Meter,
    Outages,
    Sightings,
    no_failpoint,
)
from gerritbot_er.settings import CI, Rule, Settings
from gerritbot_er.signatures.library import Library

from . import classify, waiting
from .asking import Asking
from .cases import builds_of, rule_of, too_old
from .findings import Findings, lay_out, since_report
from .outages import OutageWatch
from .peer_troubles import PeerTroubles
from .questions import Peers, Questions
from .speaker import Speaker
from .table import Table
from .unexplained import UnexplainedLines
from .work import CaseWork, Load, load_of

RETRIED = "RETRY_LIMIT"
"""The result of a build whose logs are those of its earlier attempts as well; only the CI's server tells their ids."""


class Desk:
    """Holds the open cases, and moves each until its verdict is final.

    Owned by one thread, which calls ``step``; ``add`` may be called from any.

    A step takes answers in (``findings``), then new cases, then those whose time has come (``table``); each case that
    was touched is moved as far as it goes: asked about (``asking``), spoken of (``speaker``), let go when it is final.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        peers: Peers,
        library: Callable[[], Library],
        cases: Cases,
        sightings: Sightings | None,
        outages: Outages,
        brakes: Brakes,
        calls: Calls,
        clock: Clock,
        meter: Meter = NO_METER,
        at_failpoint: AtFailpoint = no_failpoint,
        bugs: Bugs = NO_BUGS,
        roll: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._cis = {ci.name: ci for ci in settings.cis}
        self._questions = Questions(peers, calls, clock, at_failpoint, roll)
        self._library = library
        self._clock = clock
        self._meter = meter
        self._at_failpoint = at_failpoint
        self._outages = OutageWatch(
            settings, outages=outages, library=library, brakes=brakes, bugs=bugs, clock=clock, at_failpoint=at_failpoint
        )
        self._speaker = Speaker(
            settings,
            cases=cases,
            sightings=sightings,
            outages=self._outages,
            brakes=brakes,
            bugs=bugs,
            clock=clock,
            at_failpoint=at_failpoint,
        )
        self._lock = threading.Lock()
        self._inbox: list[Case] = []
        self._table = Table(settings.waiting, self._questions.not_before)
        self._asking = Asking(self._table, self._questions, library)
        self._unexplained = UnexplainedLines(settings.waiting, self._questions, sightings, self._table.wake)
        self._findings = Findings(
            self._table, self._questions, self._unexplained, library=library, clock=clock, meter=meter
        )

    def add(self, cases: Iterable[Case]) -> None:
        """Put stored cases on the desk."""
        with self._lock:
            self._inbox.extend(cases)

    @property
    def troubles(self) -> PeerTroubles:
        """Who does not answer, and why; may be read by any thread."""
        return self._questions.troubles

    @property
    def idle(self) -> bool:
        """Whether no case is on the desk, and no outage lasts."""
        return not self._table.works and not self._inbox and self._outages.idle

    def load(self) -> Load:
        """How much is on the desk; may be asked by any thread."""
        return load_of(tuple(self._table.works.values()))

    def step(self) -> float:
        """Do everything that can be done now; returns the seconds until something is due by itself."""
        now = self._clock.monotonic()
        touched = {
            case_id: None for answer in self._questions.answers(now) for case_id in self._findings.take_in(answer, now)
        }
        touched |= dict.fromkeys(self._take_in(now))
        touched |= dict.fromkeys(self._table.due(now))
        for case_id in touched:
            if case_id in self._table.works:
                self._advance(self._table.works[case_id], now)
        self._asking.all_logs(now)
        quiet = self._outages.step(now, troubled=bool(self.troubles.now))
        due = self._table.rest(now)
        return max(0.0, due if quiet is None else min(due, quiet))

    def _take_in(self, now: float) -> list[str]:
        with self._lock:
            arrived, self._inbox = self._inbox, []
        taken = []
        for case in arrived:
            ci = self._cis.get(case.report.ci)
            if case.id in self._table.works:
                continue
            if ci is None:
                self._speaker.set_aside(case, f"its CI {case.report.ci} is configured no more")
                continue
            rule = rule_of(case.report, self._settings.rules)
            if rule.mode == "off":
                self._speaker.set_aside(case, "off by a rule")
                continue
            if old := too_old(case, self._settings.speaking.oldest):
                self._speaker.set_aside(case, old)
                continue
            self._table.works[case.id] = self._start(case, ci, rule, now)
            taken.append(case.id)
            self._at_failpoint(Failpoint.ON_DESK)
        return taken

    def _start(self, case: Case, ci: CI, rule: Rule, now: float) -> CaseWork:
        since = now - max(0.0, self._clock.now() - case.opened_at)
        store = self._settings.log_stores[ci.log_store]
        builds = builds_of(case.report)
        wants_facts = store.kind == "local" or case.report.truncated or any(b.result == RETRIED for b in builds)
        deadline = waiting.deadline(now, since, store.give_up, self._settings.waiting)
        work = CaseWork(
            case,
            rule.mode,
            ci.log_store,
            since,
            deadline,
            end=deadline + store.give_up,
            facts_known=not (wants_facts and self._questions.knows(ci.name)),
            local=store.kind == "local",
            quote=rule.quote,
        )
        lay_out(work, builds, self._library())
        self._table.wake(work, deadline)
        return work

    def _advance(self, work: CaseWork, now: float) -> None:
        self._asking.facts(work, now)
        for item in work.builds.values():
            if item.found.outcome is Outcome.WAITING and item.build.result in waiting.LOGLESS:
                item.found = classify.judge_report(item.build, self._library(), Outcome.UNEXPLAINED)
            elif item.waits and not item.asking:
                self._asking.logs(work, item, now)
            elif item.ask_again is not None and item.ask_again <= now and not item.asked_twice:
                item.asked_twice = item.ready = True
        self._asking.matches(work, now)
        self._unexplained.ask(work, now)
        self._speak(work, now)

    def _speak(self, work: CaseWork, now: float) -> None:
        if work.first_bug is None and work.verdict.bugs:
            work.first_bug = now
            self._table.wake(work, now + self._settings.speaking.hold)
        final = work.final
        if final or work.first_bug is not None:
            self._speaker.speak(work, self._library(), now, final=final)
        if final:
            self._meter.judged(work.verdict, since_report(work.case, self._clock))
            del self._table.works[work.case.id]
