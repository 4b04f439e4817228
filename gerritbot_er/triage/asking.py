"""Decides what peers are asked for a case on the desk, and when: for facts, for its logs, and for what matches."""

from collections.abc import Callable
from dataclasses import replace

from gerritbot_er.model import Build, Outcome
from gerritbot_er.signatures.library import Library

from . import classify
from .questions import Place, Questions
from .table import Table
from .work import BuildWork, CaseWork

BUILDS_A_REQUEST = 500
"""Waiting builds asked after in one request."""


class Asking:
    """Asks for what each case lacks.

    Owned by the desk.  Builds that wait for logs are gathered case by case, and then asked after in few requests.
    """

    def __init__(self, table: Table, questions: Questions, library: Callable[[], Library]) -> None:
        self._table = table
        self._questions = questions
        self._library = library
        self._to_ask: dict[str, list[Place]] = {}

    def facts(self, work: CaseWork, now: float) -> None:
        """Ask the CI's own server, unless it has told or is being asked."""
        if work.facts_known or work.asking_facts or now < work.facts_not_before:
            return
        if now >= work.deadline:
            work.facts_known = True
            return
        work.asking_facts, work.facts_asked_at = True, now
        self._questions.ask_facts(work.case.id, work.case.report)

    def logs(self, work: CaseWork, item: BuildWork, now: float) -> None:
        """Have a build's logs asked after, or give them up; one whose time has not come is left alone."""
        if now >= item.deadline:
            outcome = Outcome.UNDECIDED if item.trouble else Outcome.NO_LOGS
            found = classify.judge_report(item.build, self._library(), outcome)
            item.found = replace(found, notes=tuple(dict.fromkeys((*item.found.notes, *found.notes))))
            return
        if now < item.not_before or (work.local and not item.build.log_urls):
            return  # of a local store, facts bring the log URL
        if item.disputed and not (item.vouched or work.facts_known):
            return  # only the CI's server can tell whose logs these are
        item.asking, item.asked_at = True, now
        self._to_ask.setdefault(work.store, []).append((work.case.id, item.build.identity))

    def matches(self, work: CaseWork, now: float) -> None:
        """All builds whose logs are whole in one request; a local store is asked about each log host by itself."""
        ready = [item for item in work.builds.values() if item.ready and not item.asking]
        groups: dict[str, list[BuildWork]] = {}
        for item in ready:
            item.asking, item.asked_at = True, now
            groups.setdefault(_host(work, item.build), []).append(item)
        for host, items in groups.items():
            builds = [item.build for item in items]
            signatures = classify.asked_for(self._library().signatures, builds)
            ask = self._questions.ask_for_matches
            if not ask(work.store, work.case.id, builds, signatures, host=host, now=now):
                for item in items:
                    self._table.trouble(item, work, now)

    def all_logs(self, now: float) -> None:
        """Ask after all builds that wait, together."""
        asking, self._to_ask = self._to_ask, {}
        for store, places in asking.items():
            for start in range(0, len(places), BUILDS_A_REQUEST):
                part = places[start : start + BUILDS_A_REQUEST]
                items = {place: item for place in part if (item := self._table.item(*place))}
                if not self._questions.ask_for_logs(store, {p: item.build for p, item in items.items()}, now):
                    for (case_id, _), item in items.items():
                        self._table.trouble(item, self._table.works[case_id], now)


def _host(work: CaseWork, build: Build) -> str:
    """The host that a local store fetches the logs from; "" for a cluster."""
    return "".join(build.log_urls[0].split("/", 3)[2:3]) if work.local and build.log_urls else ""
