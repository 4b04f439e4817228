"""Reads how much the daemon has to do now, for the metrics and the page of rates: cases, calls, notices, kept logs."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from gerritbot_er import dependencies
from gerritbot_er.calls import ThreadCalls
from gerritbot_er.chat.irc import IrcNotices
from gerritbot_er.logs.retained import Held
from gerritbot_er.peers import GERRIT_SSH
from gerritbot_er.settings import Keep
from gerritbot_er.signatures.live_library import LiveLibrary
from gerritbot_er.triage.desk import Desk
from gerritbot_er.triage.sample import Sample
from gerritbot_er.web.sources import KeptLogs, NoticeQueue, Workload

from .kept_logs import KeptLogsWatch
from .listener import StreamListener

_FILES = ("state.db", "state.db-wal", "sightings.db", "sightings.db-wal")
_DESK = {"ci": dependencies.ci_server, "store": dependencies.log_store}
"""How the lanes of the desk's calls begin, and the dependency that the name after that stands for."""
_OTHERS = {
    "poster": GERRIT_SSH,
    "history": "Gerrit's history",
    "sample": "the sample's builds",
    "trackers": dependencies.TRACKERS,
    "group": GERRIT_SSH,
}
"""Whom the calls of the others are for."""


class WorkloadReader:
    """Reads the workload each time it is called, by any thread."""

    def __init__(
        self,
        *,
        listener: StreamListener,
        desk: Desk,
        sample: Sample | None,
        calls: Mapping[str, ThreadCalls],
        live_library: LiveLibrary,
        irc: IrcNotices | None,
        kept: KeptLogsWatch,
        folder: Path,
    ) -> None:
        self._listener = listener
        self._desk = desk
        self._sample = sample
        self._calls = calls
        self._live_library = live_library
        self._irc = irc
        self._kept = kept
        self._folder = folder

    def __call__(self) -> Workload:
        load = self._desk.load()
        return Workload(
            newest_at=self._listener.newest_at,
            cases=load.cases,
            waiting=load.waiting,
            asked_again=load.asked_again,
            sample=self._sample.waiting if self._sample else 0,
            calls=by_peer({name: calls.load() for name, calls in self._calls.items()}),
            left_out=len({problem.file for problem in self._live_library.problems}),
            notices=self._notices(),
            kept={name: _kept(*held) for name, held in self._kept.held().items()},
            files=sizes(self._folder),
        )

    def _notices(self) -> NoticeQueue | None:
        if self._irc is None:
            return None
        state = self._irc.state()
        return NoticeQueue(state.queued, state.sent, state.dropped)


def _kept(held: Held, limits: Keep) -> KeptLogs:
    return KeptLogs(held.failed, held.successes, held.bytes, limits.size)


def by_peer(loads: Mapping[str, Mapping[str, tuple[int, int]]]) -> dict[str, tuple[int, int]]:
    """The calls (under way, waiting) of all lanes to a peer together: a local log store has one for each log host.

    ``loads`` are those of each lane, by whose calls they are.
    """
    under_way: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    for whose, load in loads.items():
        for lane, (now, later) in load.items():
            peer = _desk_peer(lane) if whose == "desk" else _OTHERS.get(whose, whose)
            under_way[peer] += now
            waiting[peer] += later
    return {peer: (count, waiting[peer]) for peer, count in under_way.items()}


def _desk_peer(lane: str) -> str:
    kind, name, *_ = lane.split(" ")
    return _DESK[kind](name)


def sizes(folder: Path) -> dict[str, int]:
    """The bytes of the state's files by name, with those that SQLite has not yet put into them."""
    return {path.name: size for name in _FILES if (size := _size(path := folder / name)) is not None}


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
