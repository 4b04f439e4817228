"""Ports whose every call is told to a meter: who was asked what, for how long, and how it ended."""

from collections.abc import Callable, Iterator
from typing import TypeVar, cast

from .ports import Clock, Meter

Port = TypeVar("Port")


def metered(port: Port, peer: str, meter: Meter, clock: Clock) -> Port:
    """The same port, each of whose methods is a request to ``peer`` under its own name.

    What a method gives one by one is taken whole, so that the time is that of the whole answer.
    """
    return cast("Port", _Metered(port, peer, meter, clock))


class _Metered:
    """Stands before a port of any kind; of a port, only methods are asked for."""

    def __init__(self, port: object, peer: str, meter: Meter, clock: Clock) -> None:
        self._port = port
        self._peer = peer
        self._meter = meter
        self._clock = clock

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._port, name)

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
