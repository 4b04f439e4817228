"""The states of IRC, the log stores and the CIs' servers, put on the status board whenever they change."""

from collections.abc import Iterable, Mapping

from .chat.irc import IrcNotices, IrcState
from .logs.cluster import ClusterStore
from .ports import LogStore
from .state import WorkerStates
from .triage.peer_troubles import PeerTroubles


class PeerStates:
    """Owned by one thread, which calls ``look`` every now and then; ``cis`` are the names of the CIs."""

    def __init__(
        self,
        board: WorkerStates,
        irc: IrcNotices | None,
        stores: Mapping[str, LogStore],
        cis: Iterable[str],
        troubles: PeerTroubles,
    ) -> None:
        self._board = board
        self._irc = irc
        self._stores = stores
        self._cis = tuple(cis)
        self._troubles = troubles
        self._last: dict[str, tuple[str, str]] = {}

    def look(self) -> None:
        """Put on the board what changed since the last look."""
        if self._irc:
            self._say("irc", *irc_words(self._irc.state()))
        for name, store in self._stores.items():
            refused = store.refused if isinstance(store, ClusterStore) else {}
            self._say_peer(f"log store {name}", (f"it cannot read {bad}: {why}" for bad, why in refused.items()))
        for name in self._cis:
            self._say_peer(f"CI {name}", ())

    def _say_peer(self, peer: str, faults: Iterable[str]) -> None:
        why = "; ".join(filter(None, (self._troubles.now.get(peer), *faults)))
        self._say(peer, "degraded" if why else "working", why)

    def _say(self, name: str, state: str, why: str) -> None:
        if self._last.get(name) != (state, why):
            self._board.say(name, state, why)
            self._last[name] = (state, why)


def irc_words(state: IrcState) -> tuple[str, str]:
    """State and reason for the board."""
    if not state.connected:
        return "degraded", state.why or "not connected"
    absent = "; ".join(f"not in {channel}: {why}" for channel, why in state.absent)
    dropped = f"{state.dropped} notices dropped" if state.dropped else ""
    return ("degraded" if absent else "working"), "; ".join(filter(None, (absent, dropped)))
