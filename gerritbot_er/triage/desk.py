"""The desk moves each case from step to step: facts, logs, classifying, verdict, words.  All cases in one loop.

Nothing here blocks: every question to a peer is handed to ``Calls`` and its answer collected in a later step.
"""

import heapq
import itertools
import logging
import random
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent
from gerritbot_er.model import Build, BuildAnswer, BuildFacts, BuildVerdict, Case, Outcome
from gerritbot_er.ports import (
    NO_BUGS,
    UNMEASURED,
    Brakes,
    Bugs,
    Calls,
    Cases,
    Clock,
    Mark,
    Marks,
    Meter,
    Outages,
    Sightings,
    unmarked,
)
from gerritbot_er.settings import CI, Rule, Settings
from gerritbot_er.signatures.library import Library

from . import classify, waiting
from .cases import builds_of, left_no_logs, rule_of, too_old, vouched_for, with_facts
from .outages import OutageWatch
from .peer_troubles import PeerTroubles
from .questions import FactsTold, LinesTold, LogsTold, MatchTold, Peers, Place, Questions, Told
from .speaker import Speaker
from .unexplained import UnexplainedLines
from .work import BuildWork, CaseWork, Load, load_of, not_asked

log = logging.getLogger(__name__)

BUILDS_A_REQUEST = 500
"""Waiting builds asked after in one request."""

RETRIED = "RETRY_LIMIT"
"""The result of a build whose logs are those of its earlier attempts as well; only the CI's server tells their ids."""

MISCONFIGURED_REST = 300.0
"""Seconds before a CI's server is asked again where a person must act first."""


class Desk:
    """Owned by one thread, which calls ``step``; ``add`` may be called from any."""

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
        meter: Meter = UNMEASURED,
        marks: Marks = unmarked,
        bugs: Bugs = NO_BUGS,
        roll: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._cis = {ci.name: ci for ci in settings.cis}
        self._questions = Questions(peers, calls, clock, marks, roll)
        self._library = library
        self._clock = clock
        self._meter = meter
        self._marks = marks
        self._outages = OutageWatch(
            settings, outages=outages, library=library, brakes=brakes, bugs=bugs, clock=clock, marks=marks
        )
        self._speaker = Speaker(
            settings,
            cases=cases,
            sightings=sightings,
            outages=self._outages,
            brakes=brakes,
            bugs=bugs,
            clock=clock,
            marks=marks,
        )
        self._lock = threading.Lock()
        self._unexplained = UnexplainedLines(settings, self._questions, sightings, self._wake)
        self._inbox: list[Case] = []
        self._works: dict[str, CaseWork] = {}
        self._due: list[tuple[float, int, str]] = []
        self._ticket = itertools.count()
        self._to_ask: dict[str, list[Place]] = {}

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
        return not self._works and not self._inbox and self._outages.idle

    def load(self) -> Load:
        """How much is on the desk; may be asked by any thread."""
        return load_of(tuple(self._works.values()))

    def step(self) -> float:
        """Do everything that can be done now; returns the seconds until something is due by itself."""
        now = self._clock.monotonic()
        touched = {case_id: None for told in self._questions.answers(now) for case_id in self._apply(told, now)}
        touched |= dict.fromkeys(self._take_in(now))
        while self._due and self._due[0][0] <= now:
            touched[heapq.heappop(self._due)[2]] = None
        for case_id in touched:
            if case_id in self._works:
                self._advance(self._works[case_id], now)
        self._ask_for_logs(now)
        quiet = self._outages.step(now, troubled=bool(self.troubles.now))
        due = self._due[0][0] - now if self._due else self._settings.waiting.poll
        return max(0.0, due if quiet is None else min(due, quiet))

    # -- taking in

    def _take_in(self, now: float) -> list[str]:
        with self._lock:
            arrived, self._inbox = self._inbox, []
        taken = []
        for case in arrived:
            ci = self._cis.get(case.report.ci)
            if case.id in self._works:
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
            self._works[case.id] = self._start(case, ci, rule, now)
            taken.append(case.id)
            self._marks(Mark.ON_DESK)
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
            quote=rule.quote,
        )
        self._put_builds(work, builds)
        self._wake(work, deadline)
        return work

    def _put_builds(self, work: CaseWork, builds: Iterable[Build]) -> None:
        """Lay out the builds, keeping what is known of those that were there before."""
        for build in builds:
            before = work.builds.get(build.identity)
            if before:
                before.build, before.found = build, replace(before.found, build=build)
            elif build.voting or classify.asked_for(self._library().signatures, [build]):
                work.builds[build.identity] = BuildWork(build, not_asked(build), work.deadline)

    # -- one case

    def _advance(self, work: CaseWork, now: float) -> None:
        self._ask_facts(work, now)
        for item in work.builds.values():
            if item.found.outcome is Outcome.WAITING and item.build.result in waiting.LOGLESS:
                item.found = classify.judge_report(item.build, self._library(), Outcome.UNEXPLAINED)
            elif item.waits and not item.asking:
                self._await_logs(work, item, now)
            elif item.ask_again is not None and item.ask_again <= now and not item.asked_twice:
                item.asked_twice = item.ready = True
        self._ask_matches(work, now)
        self._unexplained.ask(work, now)
        self._speak(work, now)

    def _ask_facts(self, work: CaseWork, now: float) -> None:
        if work.facts_known or work.asking_facts or now < work.facts_not_before:
            return
        if now >= work.deadline:
            work.facts_known = True
            return
        work.asking_facts, work.facts_asked_at = True, now
        self._questions.ask_facts(work.case.id, work.case.report)

    def _await_logs(self, work: CaseWork, item: BuildWork, now: float) -> None:
        if now >= item.deadline:
            outcome = Outcome.UNDECIDED if item.trouble else Outcome.NO_LOGS
            found = classify.judge_report(item.build, self._library(), outcome)
            item.found = replace(found, notes=tuple(dict.fromkeys((*item.found.notes, *found.notes))))
            return
        if now < item.not_before or (self._is_local(work) and not item.build.log_urls):
            return  # of a local store, facts bring the log URL
        if item.disputed and not (item.vouched or work.facts_known):
            return  # only the CI's server can tell whose logs these are
        item.asking, item.asked_at = True, now
        self._to_ask.setdefault(work.store, []).append((work.case.id, item.build.identity))

    def _is_local(self, work: CaseWork) -> bool:
        return self._settings.log_stores[work.store].kind == "local"

    def _ask_matches(self, work: CaseWork, now: float) -> None:
        """All builds whose logs are whole in one request; a local store is asked about each log host by itself."""
        ready = [item for item in work.builds.values() if item.ready and not item.asking]
        groups: dict[str, list[BuildWork]] = {}
        for item in ready:
            item.asking, item.asked_at = True, now
            groups.setdefault(self._host(work, item.build), []).append(item)
        for host, items in groups.items():
            builds = [item.build for item in items]
            signatures = classify.asked_for(self._library().signatures, builds)
            ask = self._questions.ask_for_matches
            if not ask(work.store, work.case.id, builds, signatures, host=host, now=now):
                for item in items:
                    self._trouble(item, work, now)

    def _host(self, work: CaseWork, build: Build) -> str:
        """The host that a local store fetches the logs from; "" for a cluster."""
        return "".join(build.log_urls[0].split("/", 3)[2:3]) if self._is_local(work) and build.log_urls else ""

    # -- answers

    def _apply(self, told: Told, now: float) -> list[str]:
        """Take an answer in; returns the cases it concerns."""
        if isinstance(told, LogsTold):
            return self._apply_logs(told, now)
        work = self._works.get(told.case_id)
        if isinstance(told, LinesTold):
            self._unexplained.told(work, told, now)
            return [told.case_id]
        if work is None:
            return []
        if isinstance(told, FactsTold):
            self._apply_facts(work, told, now)
        else:
            self._apply_match(work, told, now)
        return [told.case_id]

    def _apply_facts(self, work: CaseWork, told: FactsTold, now: float) -> None:
        work.asking_facts = False
        if told.error is None:
            report = work.case.report
            self._put_builds(work, with_facts(report, (item.build for item in work.builds.values()), told.facts))
            if self._is_local(work):
                self._judge_logless(work, told.facts)
            waits = [item for item in work.builds.values() if item.waits]
            missing = self._is_local(work) and any(not item.build.log_urls for item in waits)
            work.facts_known = bool(told.facts) and not missing
            for item in waits:
                item.vouched = item.vouched or vouched_for(item.build, told.facts)
                item.trouble = item.trouble and bool(item.build.log_urls)
        elif isinstance(told.error, Permanent):
            work.facts_known = True
        if not work.facts_known:
            work.facts_not_before = self._later(work, now, _pause(told.error))
        if told.error is not None:
            self._facts_trouble(work)

    def _facts_trouble(self, work: CaseWork) -> None:
        """The CI's server could not tell: the time of what only it knows stands still until it is asked again."""
        rest = 0.0 if work.facts_known else work.facts_not_before - work.facts_asked_at
        work.deadline = min(work.deadline + rest, work.end)
        for item in work.builds.values():
            if self._is_local(work) and item.waits and not item.build.log_urls:
                item.trouble, item.deadline = True, min(item.deadline + rest, work.end)
                self._wake(work, item.deadline)

    def _judge_logless(self, work: CaseWork, facts: Sequence[BuildFacts]) -> None:
        for item in work.builds.values():
            if item.waits and left_no_logs(item.build, facts):
                item.found = classify.judge_report(item.build, self._library(), Outcome.NO_LOGS)

    def _apply_logs(self, told: LogsTold, now: float) -> list[str]:
        for case_id, identity in told.places:
            item = self._item(case_id, identity)
            if item is None:
                continue
            item.asking = False
            if told.failed:
                self._trouble(item, self._works[case_id], now)
                continue
            there = told.seen.get(identity)
            item.trouble = there is not None and there.partial
            item.ready = there is not None and waiting.logs_ready(item.seen, there)
            item.seen = there
            if item.ready:
                case = self._works[case_id].case
                item.logs_after = max(0.0, self._clock.now() - case.opened_at)
                self._meter.logs_came(self._since_report(case))
            else:
                item.not_before = self._later(self._works[case_id], now)
        return [case_id for case_id, identity in told.places if (item := self._item(case_id, identity)) and item.ready]

    def _apply_match(self, work: CaseWork, told: MatchTold, now: float) -> None:
        for identity in told.identities:
            item = work.builds.get(identity)
            if item is None:
                continue
            item.asking = item.ready = False
            answer = told.answers.get(identity)
            if answer is None:
                self._trouble(item, work, now)
            else:
                self._judge(work, item, answer, now)

    def _judge(self, work: CaseWork, item: BuildWork, answer: BuildAnswer, now: float) -> None:
        ours = (item.build.change, item.build.patchset)
        if answer.changes and ours not in answer.changes and not item.vouched:
            self._dispute(work, item)
            return
        found = classify.judge(item.build, answer, self._library())
        if answer.absent and not found.bugs:
            item.not_before = self._later(work, now)
            return
        if found.outcome is Outcome.UNDECIDED and now < item.deadline and item.found.outcome is Outcome.WAITING:
            item.trouble, item.found = True, replace(item.found, notes=found.notes)
            item.not_before = self._later(work, now)
            return
        if found.outcome is Outcome.UNDECIDED and item.asked_twice:
            self._trouble(item, work, now)
            return
        item.found = replace(found, logs_after=item.logs_after)
        self._unexplained.found(work, item, now)
        if found.outcome is Outcome.UNEXPLAINED and item.ask_again is None:
            item.ask_again = now + self._settings.waiting.ask_again
            self._wake(work, item.ask_again)

    def _dispute(self, work: CaseWork, item: BuildWork) -> None:
        """The logs name another change: of the same cycle, which the CI's server would tell, or a forged job line."""
        if self._questions.knows(work.case.report.ci) and not item.disputed:
            item.disputed, work.facts_known = True, False
        else:
            item.found = BuildVerdict(item.build, Outcome.NO_LOGS, notes=("its logs are of another change",))

    # -- times

    def _trouble(self, item: BuildWork, work: CaseWork, now: float) -> None:
        """The store could not answer: from the question to the next one the build's time stands still.

        It does so for no longer than that time is.
        """
        item.trouble, item.asking, item.ready = True, False, False
        again = max(waiting.next_poll(now, work.since, self._settings.waiting), self._questions.not_before(work.store))
        item.deadline = min(item.deadline + again - item.asked_at, work.end)
        item.not_before = again
        if item.asked_twice and again < work.end:
            item.asked_twice, item.ask_again = False, again
        self._wake(work, again)

    def _later(self, work: CaseWork, now: float, after: float = 0.0) -> float:
        """Wake the case at the next poll, not before ``after`` seconds; returns when that is."""
        at = max(waiting.next_poll(now, work.since, self._settings.waiting), now + after)
        self._wake(work, at)
        return at

    def _wake(self, work: CaseWork, at: float) -> None:
        heapq.heappush(self._due, (at, next(self._ticket), work.case.id))

    def _item(self, case_id: str, identity: str) -> BuildWork | None:
        work = self._works.get(case_id)
        return work.builds.get(identity) if work else None

    def _ask_for_logs(self, now: float) -> None:
        """Ask after all builds that wait, together."""
        asking, self._to_ask = self._to_ask, {}
        for store, places in asking.items():
            for start in range(0, len(places), BUILDS_A_REQUEST):
                part = places[start : start + BUILDS_A_REQUEST]
                items = {place: item for place in part if (item := self._item(*place))}
                if not self._questions.ask_for_logs(store, {p: item.build for p, item in items.items()}, now):
                    for (case_id, _), item in items.items():
                        self._trouble(item, self._works[case_id], now)

    # -- words

    def _speak(self, work: CaseWork, now: float) -> None:
        if work.first_bug is None and work.verdict.bugs:
            work.first_bug = now
            self._wake(work, now + self._settings.speaking.hold)
        final = work.final
        if final or work.first_bug is not None:
            self._speaker.speak(work, self._library(), now, final=final)
        if final:
            self._meter.judged(work.verdict, self._since_report(work.case))
            del self._works[work.case.id]

    def _since_report(self, case: Case) -> float:
        return max(0.0, self._clock.now() - case.report.at)


def _pause(error: GerritbotError | None) -> float:
    """Seconds before a CI's server is asked again about the same case."""
    return MISCONFIGURED_REST if isinstance(error, Misconfigured) else getattr(error, "after", None) or 0.0
