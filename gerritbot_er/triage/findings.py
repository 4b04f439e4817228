"""Takes the answers of peers into the cases on the desk: facts, logs that are here, and what matches in them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent
from gerritbot_er.model import Build, BuildAnswer, BuildFacts, BuildVerdict, Case, Outcome
from gerritbot_er.ports import Clock, Meter
from gerritbot_er.signatures.library import Library

from . import classify, waiting
from .cases import left_no_logs, vouched_for, with_facts
from .questions import Answer, FactsAnswer, LinesAnswer, LogsAnswer, MatchAnswer, Questions
from .table import Table
from .unexplained import UnexplainedLines
from .work import BuildWork, CaseWork, not_asked

MISCONFIGURED_REST = 300.0
"""Seconds before a CI's server is asked again where a person must act first."""


class Findings:
    """Changes the cases on the desk by the answers of peers; ``meter`` is told how long logs were waited for."""

    def __init__(
        self,
        table: Table,
        questions: Questions,
        unexplained: UnexplainedLines,
        *,
        library: Callable[[], Library],
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._table = table
        self._questions = questions
        self._unexplained = unexplained
        self._library = library
        self._clock = clock
        self._meter = meter

    def take_in(self, answer: Answer, now: float) -> list[str]:
        """Take an answer in; returns the ids of the cases that it changes."""
        if isinstance(answer, LogsAnswer):
            return self._logs(answer, now)
        work = self._table.works.get(answer.case_id)
        if isinstance(answer, LinesAnswer):
            self._unexplained.take_in(work, answer, now)
            return [answer.case_id]
        if work is None:
            return []
        if isinstance(answer, FactsAnswer):
            self._facts(work, answer, now)
        else:
            self._matches(work, answer, now)
        return [answer.case_id]

    def _facts(self, work: CaseWork, answer: FactsAnswer, now: float) -> None:
        work.asking_facts = False
        if answer.error is None:
            report = work.case.report
            builds = with_facts(report, (item.build for item in work.builds.values()), answer.facts)
            lay_out(work, builds, self._library())
            if work.local:
                self._judge_logless(work, answer.facts)
            waits = [item for item in work.builds.values() if item.waits]
            missing = work.local and any(not item.build.log_urls for item in waits)
            work.facts_known = bool(answer.facts) and not missing
            for item in waits:
                item.vouched = item.vouched or vouched_for(item.build, answer.facts)
                item.trouble = item.trouble and bool(item.build.log_urls)
        elif isinstance(answer.error, Permanent):
            work.facts_known = True
        if not work.facts_known:
            work.facts_not_before = self._table.later(work, now, _pause(answer.error))
        if answer.error is not None:
            self._facts_trouble(work)

    def _facts_trouble(self, work: CaseWork) -> None:
        """The CI's server could not tell: the time of what only it knows stands still until it is asked again."""
        rest = 0.0 if work.facts_known else work.facts_not_before - work.facts_asked_at
        work.deadline = min(work.deadline + rest, work.end)
        for item in work.builds.values():
            if work.local and item.waits and not item.build.log_urls:
                item.trouble, item.deadline = True, min(item.deadline + rest, work.end)
                self._table.wake(work, item.deadline)

    def _judge_logless(self, work: CaseWork, facts: Sequence[BuildFacts]) -> None:
        for item in work.builds.values():
            if item.waits and left_no_logs(item.build, facts):
                item.found = classify.judge_report(item.build, self._library(), Outcome.NO_LOGS)

    def _logs(self, answer: LogsAnswer, now: float) -> list[str]:
        for case_id, identity in answer.places:
            item = self._table.item(case_id, identity)
            if item is None:
                continue
            item.asking = False
            if answer.failed:
                self._table.trouble(item, self._table.works[case_id], now)
                continue
            there = answer.seen.get(identity)
            item.trouble = there is not None and there.partial
            item.ready = there is not None and waiting.logs_ready(item.seen, there)
            item.seen = there
            if item.ready:
                case = self._table.works[case_id].case
                item.logs_after = max(0.0, self._clock.now() - case.opened_at)
                self._meter.logs_came(since_report(case, self._clock))
            else:
                item.not_before = self._table.later(self._table.works[case_id], now)
        return [
            case_id
            for case_id, identity in answer.places
            if (item := self._table.item(case_id, identity)) and item.ready
        ]

    def _matches(self, work: CaseWork, answer: MatchAnswer, now: float) -> None:
        for identity in answer.identities:
            item = work.builds.get(identity)
            if item is None:
                continue
            item.asking = item.ready = False
            found = answer.answers.get(identity)
            if found is None:
                self._table.trouble(item, work, now)
            else:
                self._judge(work, item, found, now)

    def _judge(self, work: CaseWork, item: BuildWork, answer: BuildAnswer, now: float) -> None:
        ours = (item.build.change, item.build.patchset)
        if answer.changes and ours not in answer.changes and not item.vouched:
            self._dispute(work, item)
            return
        found = classify.judge(item.build, answer, self._library())
        if answer.absent and not found.bugs:
            item.not_before = self._table.later(work, now)
            return
        if found.outcome is Outcome.UNDECIDED and now < item.deadline and item.found.outcome is Outcome.WAITING:
            item.trouble, item.found = True, replace(item.found, notes=found.notes)
            item.not_before = self._table.later(work, now)
            return
        if found.outcome is Outcome.UNDECIDED and item.asked_twice:
            self._table.trouble(item, work, now)
            return
        item.found = replace(found, logs_after=item.logs_after)
        self._unexplained.found(work, item, now)
        if found.outcome is Outcome.UNEXPLAINED and item.ask_again is None:
            item.ask_again = now + self._table.rules.ask_again
            self._table.wake(work, item.ask_again)

    def _dispute(self, work: CaseWork, item: BuildWork) -> None:
        """The logs name another change: of the same cycle, which the CI's server would tell, or a forged job line."""
        if self._questions.knows(work.case.report.ci) and not item.disputed:
            item.disputed, work.facts_known = True, False
        else:
            item.found = BuildVerdict(item.build, Outcome.NO_LOGS, notes=("its logs are of another change",))


def lay_out(work: CaseWork, builds: Iterable[Build], library: Library) -> None:
    """Lay out a case's builds, keeping what is known of those that were there before."""
    for build in builds:
        before = work.builds.get(build.identity)
        if before:
            before.build, before.found = build, replace(before.found, build=build)
        elif build.voting or classify.asked_for(library.signatures, [build]):
            work.builds[build.identity] = BuildWork(build, not_asked(build), work.deadline)


def since_report(case: Case, clock: Clock) -> float:
    """The seconds since the CI's report, by the server's clock and ours."""
    return max(0.0, clock.now() - case.report.at)


def _pause(error: GerritbotError | None) -> float:
    """Seconds before a CI's server is asked again about the same case."""
    return MISCONFIGURED_REST if isinstance(error, Misconfigured) else getattr(error, "after", None) or 0.0
