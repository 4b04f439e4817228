"""Past builds searched again: in a cluster, and in logs that are kept (port ``PastLogs``)."""

from collections.abc import Callable, Mapping, Sequence

from gerritbot_er.model import Build, BuildAnswer, Signature
from gerritbot_er.ports import LogStore

from .keeper import LogKeeper
from .local import LocalLogStore

Good = Callable[[int, int], Sequence[tuple[int, Build]]]
"""See ``ports.past.PastLogs.good``."""


class KeptAgain:
    """The logs that a local store keeps: one build after the other, while no failed one is being read."""

    all_failures = True

    def __init__(self, store: LocalLogStore, keeper: LogKeeper) -> None:
        self._store = store
        self._keeper = keeper

    @property
    def busy(self) -> bool:
        return self._store.busy

    def again(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        return self._store.again(signatures, builds)

    def good(self, beyond: int, most: int) -> Sequence[tuple[int, Build]]:
        return self._keeper.good(beyond, most)


class ClusterAgain:
    """A cluster, which is asked about many builds in one request; ``good`` tells of those it may know."""

    all_failures = False
    busy = False

    def __init__(self, store: LogStore, good: Good) -> None:
        self._store = store
        self._good = good

    def again(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        return self._store.match(signatures, builds)

    def good(self, beyond: int, most: int) -> Sequence[tuple[int, Build]]:
        return self._good(beyond, most)
