"""Ports whose every call is told to a meter: who was asked what, for how long, and how it ended."""

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar, cast

from .ports import Clock, Meter

Port = TypeVar("Port")


def metered(port: Port, peer: str, meter: Meter, clock: Clock, *, unmeasured: Collection[str] = frozenset()) -> Port:
    """The same port, each of whose methods is a request to ``peer`` under its own name.

    What a method gives one by one is taken whole, so that the time is that of the whole answer.  The methods
    ``unmeasured`` ask nobody.
    """
    return cast("Port", _Metered(port, peer, meter, clock, unmeasured))


class _Metered:
    """Stands before a port of any kind; of a port, only methods are asked for."""

    def __init__(self, port: object, peer: str, meter: Meter, clock: Clock, unmeasured: Collection[str]) -> None:
        self._port = port
        self._peer = peer
        self._meter = meter
        self._clock = clock
        self._unmeasured = unmeasured

    def __getattr__(self, name: str) -> Callable[..., object]:
        method: Callable[..., object] = getattr(self._port, name)
        if name in self._unmeasured:
            return method

        def asked(*words: object, **more: object) -> object:
            began, failed = self._clock.monotonic(), None
            try:
                answer = method(*words, **more)
                return tuple(answer) if isinstance(answer, Iterator) else answer
            except Exception as error:
                failed = error
                raise
            finally:
                self._meter.answered(self._peer, name, self._clock.monotonic() - began, failed)

        return asked
