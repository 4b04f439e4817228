"""Decides what of the fetched logs is kept, holds them to their limits, and remembers why something was not kept."""

import threading
from collections.abc import Callable, Iterator, Sequence

from gerritbot_er.codec import to_json
from gerritbot_er.model import Build
from gerritbot_er.settings import Keep

from .documents import blocks
from .gathering import gathered
from .retained import Damaged, Dropped, Held, KeptFile, RetainedLogs
from .scan_compound import Line
from .task import Collected, Keeping

_MOST_READ = 64 * 1024 * 1024
"""Bytes of one kept file that are looked through for its lines."""
_AT_ONCE = 200
"""Builds that are dropped in one step: a second, so that whoever steps is not taken for hanging."""


class LogKeeper:
    """Of one local log store; any thread may call.  ``keepable`` tells whether the logs of a build may be kept."""

    def __init__(self, settings: Keep, keepable: Callable[[Build], bool] = lambda _: True) -> None:
        self._settings = settings
        self._keepable = keepable
        self._logs = RetainedLogs(settings.directory)
        self._lock = threading.Lock()
        self._changed = True
        self._trouble = ""

    @property
    def limits(self) -> Keep:
        """What may be kept."""
        return self._settings

    @property
    def trouble(self) -> str:
        """Why the last build was not kept; "" where it was."""
        return self._trouble

    def wish(self, build: Build, *, failed: bool) -> Keeping | None:
        """What a worker is to keep of a build that it reads."""
        if not self._keepable(build):
            return None
        return Keeping(str(self._settings.directory), to_json(build), failed)

    def has(self, build: Build) -> bool:
        """Whether all that there is of this build is kept."""
        try:
            kept = self._logs.find(build.ci, build.identity)
        except Damaged:
            return False
        return kept is not None and kept.whole

    def good(self, beyond: int, most: int) -> Sequence[tuple[int, Build]]:
        """At least so many successful builds, where there are, kept after this millisecond, each with its own."""
        return [(round(one.kept_at * 1000), one.build) for one in self._logs.good(beyond, most)]

    def lines(self, build: Build) -> Sequence[Line]:
        """The lines that may tell why it failed out of the kept logs of a build; none where it is not kept."""
        try:
            kept = self._logs.find(build.ci, build.identity)
            files = self._logs.files(kept) if kept else ()
            return gathered((file.path, file.url, blocks(_beginning(file))) for file in files)
        except Damaged:
            return ()

    def note(self, said: Collected) -> None:
        """What a worker said of a build that it was to keep."""
        if said.findings is None:
            return
        with self._lock:
            self._trouble = said.findings.unkept
            self._changed = True

    def changed(self) -> bool:
        """Whether something was kept, or was not although it was to be, since this was asked last."""
        with self._lock:
            changed, self._changed = self._changed, False
        return changed

    def prepare(self) -> None:
        """See ``RetainedLogs.prepare``."""
        self._logs.prepare()

    def prune(self, now: float) -> tuple[Dropped, Held]:
        """Drop what is beyond the limits at this UTC second; what went, and what is left.  See ``RetainedLogs``."""
        dropped = self._logs.prune(now, self._settings.time, self._settings.size, most=_AT_ONCE)
        return dropped, self._logs.held()


def _beginning(file: KeptFile) -> Iterator[bytes]:
    left = _MOST_READ
    for chunk in file.chunks():
        yield chunk
        left -= len(chunk)
        if left <= 0:
            return
