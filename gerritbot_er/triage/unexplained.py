"""Asks for the log lines that may tell why an unexplained build failed, without those that good builds have as well.

They are asked for when a build is found unexplained, and again when it still is on the second look; who waits for a
comment never waits for them, and a store that does not answer keeps no case open for long.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from gerritbot_er.model import Build, Evidence, Outcome
from gerritbot_er.ports import Sightings
from gerritbot_er.settings import Waiting

from . import line_choice, waiting
from .questions import LinesAnswer, Questions
from .work import BuildWork, CaseWork

PATIENCE = 600.0
"""Seconds for which lines are asked for while the store does not answer."""
KNOWN_FOR, UNKNOWN_FOR = 86_400.0, 3600.0
"""Seconds for which it is remembered what good builds of a job say, and that there are no lines of any."""
MOST_JOBS = 200
"""Jobs of which that is remembered."""

Job = tuple[str, str, str]
"""CI, project and name of a job."""
Wake = Callable[[CaseWork, float], None]


class UnexplainedLines:
    """Asks for the lines of unexplained builds, and remembers what good builds of their jobs say.

    Owned by the desk; ``wake`` has a case looked at again at a monotonic second.
    """

    def __init__(self, rules: Waiting, questions: Questions, sightings: Sightings | None, wake: Wake) -> None:
        self._rules = rules
        self._questions = questions
        self._sightings = sightings
        self._wake = wake
        self._good: OrderedDict[Job, tuple[float, frozenset[str]]] = OrderedDict()

    def found(self, work: CaseWork, item: BuildWork, now: float) -> None:
        """A build was judged: if it is unexplained, its lines are to be asked for."""
        if item.found.outcome is not Outcome.UNEXPLAINED:
            item.telling, item.lines_until = (), None
        elif work.quote:
            item.lines_until, item.lines_not_before = now + PATIENCE, now
            self._show(item, now)

    def ask(self, work: CaseWork, now: float) -> None:
        """Ask for the lines of all builds of a case that lack them, in one request."""
        wanted = []
        for item in work.builds.values():
            if item.lines_until is None or item.asking_lines or item.asking:
                continue
            if now >= item.lines_until:
                item.lines_until = None
            elif now >= item.lines_not_before:
                wanted.append(item)
        if not wanted:
            return
        builds = [item.build for item in wanted]
        good = self._good_builds(builds, now)
        if not self._questions.ask_for_lines(work.store, work.case.id, builds, () if work.local else good, now):
            self._later(work, wanted, now)
            return
        for item in wanted:
            item.asking_lines = True
        if work.local and good:
            self._questions.ask_for_good_lines(work.store, work.case.id, good, now)

    def take_in(self, work: CaseWork | None, answer: LinesAnswer, now: float) -> None:
        """Take an answer in; ``work`` is None where its case has been closed meanwhile."""
        if not answer.failed:
            self._learn(answer, now)
        if work is None:
            return
        asked = [work.builds[one] for one in answer.identities if one in work.builds]
        for item in asked:
            item.asking_lines = False
            if not answer.failed:
                item.lines_until = None
                item.telling = answer.lines.get(item.build.identity) or item.telling
        if answer.failed:
            self._later(work, [item for item in asked if item.lines_until is not None], now)
        for item in work.builds.values():
            if item.found.outcome is Outcome.UNEXPLAINED:
                self._show(item, now)

    def _later(self, work: CaseWork, items: Iterable[BuildWork], now: float) -> None:
        again = max(waiting.next_poll(now, work.since, self._rules), self._questions.not_before(work.store))
        for item in items:
            if item.telling:
                item.lines_until = None  # those of the first look have to do
                continue
            item.lines_not_before = again
            self._wake(work, min(again, item.lines_until or again))

    def _show(self, item: BuildWork, now: float) -> None:
        """Choose the lines anew, by what is known now of good builds."""
        if not item.telling:
            return
        said_by_good = self._said_by_good(_job(item.build), now)
        lines = line_choice.chosen(item.telling, item.build.result, said_by_good or ())
        item.found = replace(item.found, lines=lines)
        if said_by_good is not None:
            item.telling = lines  # the others are of no more use, and many builds may wait for their second look

    # -- good builds

    def _good_builds(self, builds: Sequence[Build], now: float) -> list[Build]:
        """Those to be compared with, of jobs of which it is not known what good builds say."""
        jobs = {_job(build): build for build in builds}
        unknown = [build for job, build in jobs.items() if self._said_by_good(job, now) is None]
        good = {one.identity: one for build in unknown for one in self._successes(build)}
        return list(good.values())

    def _successes(self, build: Build) -> Sequence[Build]:
        return self._sightings.successes(build) if self._sightings else ()

    def _said_by_good(self, job: Job, now: float) -> frozenset[str] | None:
        until, shapes = self._good.get(job, (now, None))
        return None if until <= now else shapes

    def _learn(self, answer: LinesAnswer, now: float) -> None:
        lines: dict[Job, list[Evidence]] = {}
        for build in answer.good:
            lines.setdefault(_job(build), []).extend(answer.lines.get(build.identity, ()))
        for job, said in lines.items():
            self._good.pop(job, None)
            self._good[job] = (now + (KNOWN_FOR if said else UNKNOWN_FOR), line_choice.shapes_of(said))
            if len(self._good) > MOST_JOBS:
                self._good.popitem(last=False)


def _job(build: Build) -> Job:
    return build.ci, build.project, build.job
