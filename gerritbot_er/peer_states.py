"""The states of IRC and the log stores, put on the status board whenever they change."""

from collections.abc import Mapping

from .chat.irc import IrcNotices, IrcState
from .logs.cluster import ClusterStore
from .ports import LogStore
from .state import WorkerStates


class PeerStates:
    """Owned by one thread, which calls ``look`` every now and then."""

    def __init__(self, board: WorkerStates, irc: IrcNotices | None, stores: Mapping[str, LogStore]) -> None:
        self._board = board
        self._irc = irc
        self._clusters = {name: store for name, store in stores.items() if isinstance(store, ClusterStore)}
        self._last: dict[str, tuple[str, str]] = {}

    def look(self) -> None:
        """Put on the board what changed since the last look."""
        if self._irc:
            self._say("irc", *irc_words(self._irc.state()))
        for name, store in self._clusters.items():
            refused = "; ".join(f"it cannot read {signature}: {why}" for signature, why in store.refused.items())
            self._say(f"log store {name}", "degraded" if refused else "working", refused)

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
