"""What all workers of a daemon share: settings, clock, status board, meter, calls to peers, and the supervisor."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TypeVar

from gerritbot_er.calls import ThreadCalls
from gerritbot_er.metered import metered
from gerritbot_er.ports import Board, Clock, Meter
from gerritbot_er.settings import Settings
from gerritbot_er.signatures.library import Library

from .supervisor import Bell, Supervisor, stepping

Port = TypeVar("Port")

THREADS = 16
"""Calls to peers under way at once, two of one kind; the rest waits."""


@dataclass(frozen=True, slots=True)
class Bells:
    """What wakes each worker of the way."""

    intake: Bell = field(default_factory=Bell)
    catch_up: Bell = field(default_factory=Bell)
    desk: Bell = field(default_factory=Bell)
    poster: Bell = field(default_factory=Bell)
    sample: Bell = field(default_factory=Bell)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The parts that all workers share.

    ``library`` returns the signatures in use now; ``longest`` is the most seconds between two steps of a worker;
    ``closing`` closes what is opened; ``all_calls`` are by the name of the worker that makes them.
    """

    settings: Settings
    environ: Mapping[str, str]
    clock: Clock
    board: Board
    meter: Meter
    library: Callable[[], Library]
    supervisor: Supervisor
    longest: float
    closing: ExitStack
    all_calls: dict[str, ThreadCalls] = field(default_factory=dict)

    def metered(self, port: Port, peer: str) -> Port:
        """The same port, with the time of each request to ``peer`` measured."""
        return metered(port, peer, self.meter, self.clock)

    def calls(self, name: str, bell: Bell, *, finish: float = 0.0) -> ThreadCalls:
        """The threads on which the worker ``name`` calls peers; ``bell`` rings when a call has ended.

        ``finish``: the seconds that calls under way have at the end, before connections are closed under them.
        """
        calls = ThreadCalls(name, bell.ring, total=THREADS)
        self.closing.callback(calls.close, within=finish)
        self.all_calls[name] = calls
        return calls

    def work(self, name: str, step: Callable[[], float], bell: Bell) -> None:
        """One more worker, which takes a step when its bell rings and when it is due by itself."""
        self.supervisor.add(name, stepping(step, bell, longest=self.longest), bell.ring)
