"""The metrics: read from what is at hand when they are asked for, so that counting costs nobody else anything."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.openmetrics import exposition as openmetrics

from gerritbot_er import __version__, dependencies
from gerritbot_er.dependencies import Condition
from gerritbot_er.errors import GerritbotError
from gerritbot_er.model import Judgement
from gerritbot_er.ports import GERRIT_SINK
from gerritbot_er.ports.reading import Moves, Tally

from .health import Health
from .sources import Sources, Workload

_COUNTED = {
    dependencies.EVENTS: ("events", "Events of Gerrit's stream that concern us."),
    dependencies.MALFORMED: ("malformed_events", "Lines of Gerrit's stream that are no event."),
    dependencies.DROPPED: ("dropped_outputs", "Times that Gerrit said that it dropped events."),
    dependencies.GAPS: ("gaps", "Times when events may have been missed since the stream was first open."),
    dependencies.READS: ("history_reads", "Times that Gerrit's history was read."),
    dependencies.EXPLAINED_LATER: ("explained_later_builds", "Builds that a signature explained after their verdict."),
    dependencies.NOT_COMPARED: ("sample_left_out", "Successful builds chosen for comparison and not kept."),
}
_Values = Mapping[tuple[()], float] | Mapping[tuple[str], float] | Mapping[tuple[str, str], float]
"""The values of a family by those of its labels."""
_OPENMETRICS = "application/openmetrics-text"
_ENDS = (
    (GERRIT_SINK, "sent"),
    (GERRIT_SINK, "failed"),
    (GERRIT_SINK, "withheld"),
    ("irc", "sent"),
    ("irc", "withheld"),
)
"""Counted from the start: of a series that begins with 1, Prometheus does not see the first."""


def exposition(sources: Sources) -> "Exposition":
    """The metrics of a daemon."""
    ProcessCollector(registry=sources.meter.registry)
    return Exposition(Figures(sources), sources.meter.registry)


class Exposition:
    """What is said to whoever asks for the metrics: what is read now, and then what was counted in ``registry``."""

    def __init__(self, figures: "Figures", registry: CollectorRegistry) -> None:
        self._figures = figures
        self._registry = registry

    def text(self, accept: str) -> tuple[bytes, str]:
        """All metrics and their media type, OpenMetrics where the header ``Accept`` asks for it.

        The library's own choice fails at a version that is no number, and says again what a visitor wrote.
        """
        if any(one.partition(";")[0].strip() == _OPENMETRICS for one in accept.split(",")):
            told = openmetrics.generate_latest(self)  # type: ignore[no-untyped-call] # it comes without types
            return told, openmetrics.CONTENT_TYPE_LATEST
        return generate_latest(self), CONTENT_TYPE_PLAIN_0_0_4

    def collect(self) -> Iterator[Metric]:
        """Without the times at which each series began, which would double their number and nobody looks at."""
        for metric in chain(self._figures.collect(), self._registry.collect()):
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric


class Figures:
    """What is at hand, read whenever it is asked for, by any thread."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._lock = threading.Lock()
        self._posts = Counter(dict.fromkeys(_ENDS, 0))
        self._moves: Moves | None = None
        self._tally()

    def collect(self) -> Iterator[Metric]:
        """Every family, those without a value as well, so that their names are known from the start."""
        with self._lock:
            tally = self._tally()
            posts = dict(self._posts)
        health, workload = self._sources.health(), self._sources.workload()
        yield _gauge("info", "The version of the daemon; always 1.", {(__version__,): 1}, "version")
        yield from _dependencies(health)
        yield from _heard(health, workload)
        yield from _at_work(workload)
        yield from _kept(tally, self._moves)
        yield from _outages(tally)
        yield _gauge("replies", "Answers to comments of ours that are kept.", self._replies(), "judgement")
        yield _counter("posts", "Comments and notices at their end.", _by_sink(posts), "sink", "stage")
        yield from _around(workload, len(self._sources.library().signatures))
        yield from _on_disk(workload)

    def _replies(self) -> Mapping[tuple[str], float]:
        """By judgement; nothing where the sightings cannot be read now."""
        try:
            said = self._sources.statistics.replies()
        except GerritbotError:
            return {}
        return {(judgement.value,): said.get(judgement, 0) for judgement in Judgement}

    def _tally(self) -> Tally | None:
        """What the state file says, and what has ended since the last time; None where it cannot be read now."""
        try:
            tally = self._sources.records.tally(self._sources.clock.now())
            self._moves = self._sources.records.moves(self._moves)
        except GerritbotError:
            return None
        for ended in self._moves.ended:
            self._posts[ended.sink, ended.stage] += 1
            if ended.sink == GERRIT_SINK and ended.stage == "sent":
                self._sources.meter.wait.labels("comment").observe(ended.seconds)
        self._moves = replace(self._moves, ended=())
        return tally


def _dependencies(health: Health) -> Iterator[Metric]:
    """How it stands, as pages and probes say it."""
    by_name = {one.name: one for one in health.dependencies}
    yield _gauge("start_time_seconds", "When the daemon began, or took over.", {(): health.started_at})
    yield _gauge("ready", "Whether comments come about, as /readyz says.", {(): health.well})
    yield _gauge("workers_stuck", "Workers that have not moved for minutes.", {(): len(health.stuck)})
    states = {(name, state.value): one.state is state for name, one in by_name.items() for state in Condition}
    yield _gauge("dependency_state", "1 for the state that a dependency is in.", states, "dependency", "state")
    needed = {(name,): name not in health.extras for name in by_name}
    yield _gauge("dependency_needed", "Whether no comment comes about without it.", needed, "dependency")
    since = {(name,): one.since for name, one in by_name.items()}
    yield _gauge("dependency_since_timestamp_seconds", "Since when it is in this state.", since, "dependency")


def _heard(health: Health, workload: Workload) -> Iterator[Metric]:
    """What came from Gerrit."""
    counts = {one.name: one for one in health.counts}
    for name, (metric, words) in _COUNTED.items():
        yield _counter(metric, words, {(): counts[name].count if name in counts else 0})
    events = counts.get(dependencies.EVENTS)
    arrived = events.last_at if events else None
    lag = None if arrived is None or workload.newest_at is None else max(0.0, arrived - workload.newest_at)
    words = "From the server's second of the last event to its arrival here, with any difference of the clocks."
    yield _gauge("stream_lag_seconds", words, _known(lag))
    yield _gauge("stream_last_event_timestamp_seconds", "When the last event arrived.", _known(arrived))


def _at_work(workload: Workload) -> Iterator[Metric]:
    """What is on the desk and under way."""
    yield _gauge("desk_cases", "Cases on the desk.", {(): workload.cases})
    builds = {("waiting for logs",): workload.waiting, ("to be asked again",): workload.asked_again}
    yield _gauge("desk_builds", "Failed builds on the desk whose verdict may still change.", builds, "state")
    yield _gauge("sample_builds", "Successful builds whose logs wait to be fetched.", {(): workload.sample})
    calls: dict[tuple[str, str], float] = {}
    for peer, (under_way, waiting) in workload.calls.items():
        calls |= {(peer, "under way"): under_way, (peer, "waiting"): waiting}
    yield _gauge("calls", "Requests to a peer under way, and those that wait for them.", calls, "peer", "state")


def _kept(tally: Tally | None, moves: Moves | None) -> Iterator[Metric]:
    """What the state file says; nothing but that where it cannot be read."""
    yield _gauge("state_readable", "Whether the state file could be read for these metrics.", {(): tally is not None})
    cases = {("open",): tally.open_cases, ("done",): tally.done_cases} if tally else {}
    yield _gauge("cases", "Cases in the state file; those done stay for 90 days.", cases, "state")
    oldest = tally.oldest if tally else None
    yield _gauge("oldest_open_case_timestamp_seconds", "When the oldest open case was opened.", _known(oldest))
    at_work = _by_sink(moves.at_work) if tally and moves else {}
    yield _gauge("outbox", "Comments and notices that are not at their end.", at_work, "sink", "stage")
    brakes = tally.brakes if tally else {}
    paused = {(): float("pause" in brakes)} if tally else {}
    yield _gauge("paused", "Whether an operator holds all comments and notices.", paused)
    muted = {(): sum(name.startswith("mute ") for name in brakes)} if tally else {}
    yield _gauge("muted_signatures", "Signatures that an operator keeps silent.", muted)


def _outages(tally: Tally | None) -> Iterator[Metric]:
    """Failures that hit many changes at once."""
    yield _gauge("outages", "Outages that last now.", {(): tally.outages} if tally else {})
    yield _counter(
        "outages_begun", "Outages that began, ended ones as well.", {(): tally.outages_begun} if tally else {}
    )


def _around(workload: Workload, signatures: int) -> Iterator[Metric]:
    """Signatures and IRC."""
    files = {("in use",): signatures, ("left out",): workload.left_out}
    yield _gauge(
        "signatures", "Signatures in use, and files that are left out or stand with an older text.", files, "state"
    )
    irc = workload.notices
    yield _gauge("irc_queued_notices", "Notices that wait for the IRC server.", {(): irc.queued} if irc else {})
    yield _counter("irc_sent_notices", "Notices that the IRC server has.", {(): irc.sent} if irc else {})
    yield _counter("irc_dropped_notices", "Notices lost as IRC was away for long.", {(): irc.dropped} if irc else {})


def _on_disk(workload: Workload) -> Iterator[Metric]:
    """The files on this machine."""
    builds: dict[tuple[str, str], float] = {}
    for store, kept in workload.kept.items():
        builds |= {(store, "failed"): kept.failed, (store, "successful"): kept.successes}
    yield _gauge("kept_builds", "Builds whose logs are kept on this machine.", builds, "store", "kind")
    kept_sizes = {(store,): kept.size for store, kept in workload.kept.items()}
    yield _gauge("kept_logs_size_bytes", "What the kept logs take on disk.", kept_sizes, "store")
    limits = {(store,): kept.limit for store, kept in workload.kept.items()}
    yield _gauge("kept_logs_limit_bytes", "What they may take.", limits, "store")
    sizes = {(name,): size for name, size in workload.files.items()}
    yield _gauge("state_file_size_bytes", "The files of the state folder.", sizes, "file")


def _by_sink(counts: Mapping[tuple[str, str], int]) -> Mapping[tuple[str, str], float]:
    """Channels taken together."""
    found: Counter[tuple[str, str]] = Counter()
    for (sink, stage), count in counts.items():
        found[sink.partition(":")[0], stage] += count
    return dict(found)


def _known(value: float | None) -> Mapping[tuple[()], float]:
    return {} if value is None else {(): value}


def _gauge(name: str, words: str, values: _Values, *labels: str) -> Metric:
    family = GaugeMetricFamily(f"gerritbot_er_{name}", words, labels=labels)
    for names, value in values.items():
        family.add_metric(names, value)
    return family


def _counter(name: str, words: str, values: _Values, *labels: str) -> Metric:
    family = CounterMetricFamily(f"gerritbot_er_{name}", words, labels=labels)
    for names, value in values.items():
        family.add_metric(names, value)
    return family
