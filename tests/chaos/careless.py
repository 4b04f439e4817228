"""Worlds in which something is done carelessly: the accounts must tell, or they would show nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from gerritbot_er.model import ChangeHistory, Event
from gerritbot_er.ports import Brakes, History, Spoken
from gerritbot_er.state import StoredCases, StoredOutbox
from gerritbot_er.triage.way import World


class _DeafHistory:
    """Catching up finds nothing."""

    def __init__(self, history: History) -> None:
        self._history = history

    def since(self, at: int) -> Iterable[Event]:
        tuple(self._history.since(at))
        return ()

    def change(self, number: int) -> ChangeHistory:
        return self._history.change(number)


class _BlindHistory:
    """Our own comments are not looked for."""

    def __init__(self, history: History) -> None:
        self._history = history

    def since(self, at: int) -> Iterable[Event]:
        return self._history.since(at)

    def change(self, number: int) -> ChangeHistory:
        return replace(self._history.change(number), comments=())


class _TrustingHistory(_BlindHistory):
    """A change is always open, and its patch set the newest."""

    def change(self, number: int) -> ChangeHistory:
        found = self._history.change(number)
        return replace(found, patchset=1, change=replace(found.change, open=True))


class _TrustingCases(StoredCases):
    """What the stream told of a change is not asked about."""

    def newest(self, change: int) -> tuple[int, bool] | None:
        del change
        return None


class _LooseBrakes:
    """Nobody asks whether there is a pause."""

    def __init__(self, brakes: Brakes) -> None:
        self._brakes = brakes

    def paused(self, now: float) -> bool:
        del now
        return False

    def muted(self, now: float) -> frozenset[str]:
        return self._brakes.muted(now)


class _TalkativeCases(StoredCases):
    """Nobody counts what was said on a patch set."""

    def spoken(self, change: int, patchset: int) -> Sequence[Spoken]:
        del change, patchset
        return ()


class _HopefulOutbox(StoredOutbox):
    """What was sent counts as arrived."""

    def sending(self, number: int) -> bool:
        moved = super().sending(number)
        self.sent(number)
        return moved


def _cases(world: World, kind: type[StoredCases]) -> World:
    assert isinstance(world.cases, StoredCases)
    return replace(world, cases=kind(world.cases._database, world.clock))


def _outbox(world: World, kind: type[StoredOutbox]) -> World:
    assert isinstance(world.outbox, StoredOutbox)
    return replace(world, outbox=kind(world.outbox._database, world.clock))


CARELESS: dict[str, tuple[str, Callable[[World], World]]] = {
    "a catch-up that finds nothing": (
        "every failing report has one case",
        lambda world: replace(world, history=_DeafHistory(world.history)),
    ),
    "a poster that does not look into history": (
        "no second comment",
        lambda world: replace(world, history=_BlindHistory(world.history)),
    ),
    "a comment on whatever the change is by now": (
        "nothing on outdated or closed changes",
        lambda world: replace(_cases(world, _TrustingCases), history=_TrustingHistory(world.history)),
    ),
    "a pause that nobody asks about": (
        "no comment while paused",
        lambda world: replace(world, brakes=_LooseBrakes(world.brakes)),
    ),
    "a patch set's comments that nobody counts": (
        "few comments a patch set",
        lambda world: _cases(world, _TalkativeCases),
    ),
    "an exit status that is believed": (
        "what is recorded as sent stands",
        lambda world: _outbox(world, _HopefulOutbox),
    ),
}
"""What is careless, the invariant that it breaks, and the world with it."""
