"""The states of IRC, the log stores and the CIs' servers, put on the status board whenever they change."""

from collections.abc import Callable, Iterable, Mapping

from gerritbot_er import dependencies, time_words
from gerritbot_er.chat.irc import IrcNotices, IrcState
from gerritbot_er.dependencies import Condition
from gerritbot_er.logs.cluster import ClusterStore
from gerritbot_er.ports import Board, Clock, LogStore
from gerritbot_er.signatures.library import Library
from gerritbot_er.triage.peer_troubles import PeerTroubles, Trouble

UNASKED = 900.0
"""Seconds after which a peer was due and is not asked: no case needs it; what one needs is asked every few minutes."""


class PeerStates:
    """Puts the conditions of IRC, log stores and CIs on the status board when they change.

    Owned by one thread, which calls ``look`` every now and then; ``cis`` are the names of the CIs.
    """

    def __init__(
        self,
        board: Board,
        clock: Clock,
        *,
        irc: IrcNotices | None,
        stores: Mapping[str, LogStore],
        cis: Iterable[str],
        troubles: PeerTroubles,
        library: Callable[[], Library],
    ) -> None:
        self._board = board
        self._clock = clock
        self._irc = irc
        self._stores = stores
        self._cis = tuple(cis)
        self._troubles = troubles
        self._library = library
        self._last: dict[str, Trouble] = {}

    def look(self) -> None:
        """Put on the board what changed since the last look."""
        if self._irc:
            self._say(dependencies.IRC, irc_trouble(self._irc.state()))
        for name, store in self._stores.items():
            refused = store.refused(self._library().signatures) if isinstance(store, ClusterStore) else {}
            left_out = (f"it cannot read {bad}: {why}" for bad, why in refused.items())
            self._say_peer(dependencies.log_store(name), left_out)
        for name in self._cis:
            self._say_peer(dependencies.ci_server(name), ())

    def _say_peer(self, peer: str, faults: Iterable[str]) -> None:
        trouble = since_then(self._troubles.now.get(peer) or Trouble(Condition.WORKING, ""), self._clock.now())
        why = "; ".join(filter(None, (trouble.why, *faults)))
        state = Condition.DEGRADED if why and trouble.state is Condition.WORKING else trouble.state
        self._say(peer, Trouble(state, why, trouble.next_try))

    def _say(self, name: str, now: Trouble) -> None:
        if self._last.get(name) != now:
            retry_in = None if now.next_try is None else max(0.0, now.next_try - self._clock.now())
            self._board.say(name, now.state, now.why, retry_in=retry_in)
            self._last[name] = now


def since_then(trouble: Trouble, now: float) -> Trouble:
    """A trouble as it stands ``now`` (UTC seconds): nobody knows whether a peer that no case needs would answer."""
    asked_at = trouble.asked_at
    if asked_at is None or now < max(asked_at, trouble.next_try or 0.0) + UNASKED:
        return Trouble(trouble.state, trouble.why, trouble.next_try)
    return Trouble(Condition.CONNECTING, f"not asked since {time_words.date_and_time(asked_at)}: {trouble.why}")


def irc_trouble(state: IrcState) -> Trouble:
    """How it stands with IRC, for the board."""
    if not state.connected:
        if state.refused:
            return Trouble(Condition.MISCONFIGURED, state.why or "refused", state.next_try)
        return Trouble(Condition.DEGRADED, state.why or "not connected", state.next_try)
    absent = "; ".join(f"not in {channel}: {why}" for channel, why in state.absent)
    dropped = f"{state.dropped} notices dropped" if state.dropped else ""
    words = "; ".join(filter(None, (absent, dropped)))
    return Trouble(Condition.DEGRADED if absent else Condition.WORKING, words)
