"""Outages: a burst of one failure begins one, further hits prolong it, and a quiet time ends it.

Only hits that everybody may hear of count.  The quiet time is measured by the monotonic clock since this process heard
of the last hit, so that neither a set clock nor a restart ends an outage.  While a peer does not answer no hit can be
heard of, and the quiet time does not pass.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from gerritbot_er.model import BugFacts, Failure, Notice, Outage, Reach, Signature, Verdict
from gerritbot_er.ports import AtFailpoint, Brakes, Bugs, Clock, Failpoint, Outages, Sightings
from gerritbot_er.settings import Settings
from gerritbot_er.signatures.library import Library

from .bug_words import as_told
from .bursts import burst
from .elsewhere import telling_line
from .notice_words import outage_begins, outage_ends, outage_words
from .publicity import may_be_told

log = logging.getLogger(__name__)


class OutageWatch:
    """Begins, keeps up and ends outages, each with its notices.

    Owned by the desk.  ``_last_heard`` is the monotonic second at which this process heard of an outage's last hit.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        outages: Outages,
        library: Callable[[], Library],
        brakes: Brakes,
        bugs: Bugs,
        clock: Clock,
        at_failpoint: AtFailpoint,
    ) -> None:
        self._rules = settings.outage
        self._channels = settings.irc.channels if settings.irc else ()
        self._public = settings.public_projects
        self._page = settings.speaking.page
        self._outages = outages
        self._library = library
        self._brakes = brakes
        self._bugs = bugs
        self._clock = clock
        self._at_failpoint = at_failpoint
        self._current = {outage.failure: outage for outage in outages.current()}
        self._last_heard = dict.fromkeys(self._current, clock.monotonic())

    @property
    def idle(self) -> bool:
        """Whether no outage lasts."""
        return not self._current

    def take_in(self, verdict: Verdict, reaches: Sequence[Reach], sightings: Sightings) -> Mapping[Failure, Outage]:
        """Begin or prolong outages by the failures of a verdict; returns those failures that are outages now."""
        change = verdict.case.report.change
        if may_be_told(change, self._public):
            for reach in reaches:
                self._hit(verdict, reach, sightings)
        failures = (reach.failure for reach in reaches)
        return {failure: self._current[failure] for failure in failures if failure in self._current}

    def step(self, now: float, *, troubled: bool) -> float | None:
        """End what has been quiet for long enough; returns the seconds until that may come next, None: never.

        ``troubled``: somebody who is asked about failures does not answer.
        """
        if troubled:
            self._last_heard = dict.fromkeys(self._current, now)
        for failure, heard in tuple(self._last_heard.items()):
            if now - heard >= self._rules.quiet:
                self._end(self._as_kept(failure) or self._current[failure])
        return min(self._last_heard.values()) + self._rules.quiet - now if self._last_heard else None

    def _hit(self, verdict: Verdict, reach: Reach, sightings: Sightings) -> None:
        failure = reach.failure
        before = self._as_kept(failure)
        found = before or self._new_outage(verdict, reach)
        if found is None:
            return
        at, changes = verdict.case.report.at, sightings.changes_hit(failure, found.since)
        outage = replace(found, last=max(found.last, at), changes=max(found.changes, changes), case_id=verdict.case.id)
        kept = self._outages.keep(outage, self._begin_notices(outage, verdict))
        self._at_failpoint(Failpoint.OUTAGE_HIT)
        if before is None:
            log.info("an outage: %s has hit %d changes", failure.key, kept.changes)
        if before is None or kept.last > before.last:
            self._last_heard[failure] = self._clock.monotonic()
        self._current[failure] = kept

    def _new_outage(self, verdict: Verdict, reach: Reach) -> Outage | None:
        """The outage that a hit begins; None where it begins none.

        A hit that is heard of late, as after a time in which nobody listened, begins none: it may be over.  The hits
        of an outage that has ended are no part of another one.
        """
        at = verdict.case.report.at
        if reach.newest - at > self._rules.quiet:
            return None
        ended = self._outages.ended(reach.failure)
        hits = [hit for hit in reach.hits if ended is None or hit[0] > ended.last]
        since = burst(hits, at, self._rules)
        if since is None or self._is_of_few(change for second, change in hits if second >= since):
            return None
        lines = (telling_line(found) for found in verdict.builds if found.build.identity in reach.builds)
        line = "" if reach.failure.known else next((line.line for line in lines if line), "")
        return Outage(0, reach.failure, since, max(second for second, _ in hits), 0, line, (), verdict.case.id)

    def _is_of_few(self, changes: Iterable[int]) -> bool:
        """Whether these are of too few people: what somebody breaks in a series of changes is an outage for nobody.

        A change whose owner is not known counts as that of another.
        """
        hit = set(changes)
        owners = self._outages.owners(hit)
        people = {owners.get(change, change) for change in hit}
        return len(people) < min(self._rules.authors, self._rules.changes)

    def _begin_notices(self, outage: Outage, verdict: Verdict) -> Sequence[Notice]:
        """The notices that an outage begins, for the channels that this hit concerns; none for a muted bug."""
        signature, bug = self._known(outage.failure)
        hushed = outage.failure.known and (signature is None or signature.suppress_notification)
        if hushed or outage.failure.key in self._brakes.muted(self._clock.now()):
            return ()
        what = outage_words(outage, signature, bug, self._page)
        return outage_begins(outage, what, verdict, signature, self._channels)

    def _as_kept(self, failure: Failure) -> Outage | None:
        """The outage of this failure as the state file has it now.

        Its line may have been taken away there, since the change that it came from became private.
        """
        known = self._current.get(failure)
        if known is None or not known.line:
            return known
        return next((one for one in self._outages.current() if one.number == known.number), known)

    def _end(self, outage: Outage) -> None:
        what = outage_words(outage, *self._known(outage.failure), self._page)
        if self._outages.end(outage, outage_ends(outage, what, self._rules.quiet)):
            log.info("an outage is over: %s had hit %d changes", outage.failure.key, outage.changes)
        self._at_failpoint(Failpoint.OUTAGE_ENDED)
        del self._current[outage.failure], self._last_heard[outage.failure]

    def _known(self, failure: Failure) -> tuple[Signature | None, BugFacts | None]:
        signature = self._library().by_name.get(failure.name) if failure.known else None
        bug = self._bugs.known(signature.bug) if signature and signature.bug else None
        return signature, bug and as_told(bug, self._clock.now())
