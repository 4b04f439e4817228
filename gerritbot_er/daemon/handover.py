"""One daemon after another in one process: a changed configuration is taken over whole, or not at all.

The files are looked at every few seconds, and at once when asked (SIGHUP).  Signatures are read again under the running
daemon.  A configuration that is good and different makes the daemon end in order, its work kept in the state file, and
another one start from there; what Gerrit says meanwhile is caught up with.  A bad one changes nothing and is shown.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

from gerritbot_er import config
from gerritbot_er.dependencies import CONFIGURATION, Condition
from gerritbot_er.errors import GerritbotError, Misconfigured
from gerritbot_er.gerrit.keys import known_keys, own_key
from gerritbot_er.settings import Settings

from .supervisor import Run
from .systemd import Notifier

LOOK_EVERY = 3.0
"""Seconds between looks at the files; a change counts once two of them show the same, for files are written slowly."""
ASK, WAKE = "ask", "wake"
"""What the watching worker is told: to look at once, or to see whether it is to end."""

Stamp = tuple[int, int, int, int] | None
"""Inode, size, and the times of the last change of a file and of its mode or owner; None where there is none."""

log = logging.getLogger(__name__)


class Served(Protocol):
    """What is needed of a daemon."""

    def run(self) -> bool: ...

    def stop(self, *, another_follows: bool = False) -> None: ...

    def reload(self) -> None: ...

    def add(self, name: str, run: Run, wake: Callable[[], None]) -> None: ...

    def say(self, name: str, state: Condition, why: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """How the files are now: the configuration and what it names, and the signature files."""

    configuration: tuple[tuple[Path, Stamp], ...]
    signatures: tuple[tuple[Path, Stamp], ...]


class Handover:
    """Runs the daemons that ``build`` makes, one at a time; ``path`` is the configuration file.

    ``build`` raises ``Misconfigured`` where the settings cannot be used.
    """

    def __init__(
        self,
        path: Path,
        build: Callable[[Settings], Served],
        environ: Mapping[str, str] = os.environ,
        *,
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._path = path
        self._build = build
        self._environ = environ
        self._notifier = Notifier(environ)
        self._look_every = look_every
        self._daemon: Served | None = None
        self._next: tuple[Settings, Seen] | None = None
        self._over = False
        # A signal handler may put into this queue, where it must not set an event: see ``Supervisor``.
        self._told: SimpleQueue[str] = SimpleQueue()

    def run(self, settings: Settings) -> bool:
        """Until ``stop`` (True), or until a daemon ends by itself (False)."""
        seen = look(self._path, settings)
        daemon, trouble = self._build(settings), ""
        while True:
            # Taken over, considered, and looked at last: what was refused is considered once, and not in use.
            self._settings, self._taken, self._seen, self._last, self._next = settings, seen, seen, seen, None
            self._daemon = daemon
            daemon.say(CONFIGURATION, Condition.DEGRADED if trouble else Condition.WORKING, trouble)
            daemon.add(CONFIGURATION, self._watch, self._wake)
            if self._over:
                daemon.stop()
            fine = daemon.run()
            following = self._following()
            if following is None or not fine:
                return fine
            settings, seen = following
            self._feed()
            try:
                daemon, trouble = self._build(settings), ""
                log.info("the changed configuration is in use")
            except GerritbotError as error:
                daemon, settings, trouble = self._build_again(error), self._settings, _first(error)
                seen = look(self._path, settings)

    def stop(self) -> None:
        """Ask for the end, also in the midst of a handover; callable from a signal handler."""
        self._over = True
        if self._daemon:
            self._daemon.stop()

    def reload(self) -> None:
        """Look at the files now; callable from a signal handler."""
        self._told.put(ASK)

    def _following(self) -> tuple[Settings, Seen] | None:
        return None if self._over else self._next

    def _build_again(self, error: GerritbotError) -> Served:
        log.error("the changed configuration cannot be used, the one before stays: %s", error)
        self._feed()
        return self._build(self._settings)

    def _feed(self) -> None:
        """Between two daemons no supervisor feeds the watchdog; looking through large files takes its time."""
        self._notifier.say("WATCHDOG=1")

    # -- a worker of each daemon

    def _wake(self) -> None:
        self._told.put(WAKE)

    def _watch(self, stop: threading.Event, moved: Callable[[], None]) -> None:
        while not stop.is_set():
            moved()
            word = None
            with suppress(Empty):
                word = self._told.get(timeout=self._look_every)
            if not stop.is_set():
                self._look(asked=word == ASK)

    def _look(self, *, asked: bool) -> None:
        """Take over what has changed, if it has settled or a person says so."""
        seen, before = look(self._path, self._settings), self._seen
        settled, self._last = seen == self._last, seen
        if not asked and (not settled or seen == before):
            return
        self._seen = seen
        if asked or seen.signatures != before.signatures:
            self._serving.reload()
        if asked or seen.configuration != before.configuration:
            self._consider(seen, changed_beside=seen.configuration[1:] != self._taken.configuration[1:])

    def _consider(self, seen: Seen, *, changed_beside: bool) -> None:
        """Hand over where the configuration is good and different.

        ``changed_beside``: a key, a secret or a certificate is another than the one in use, even if the settings are
        the same.
        """
        try:
            settings = _usable(self._path, self._environ)
        except Misconfigured as error:
            for line in str(error).splitlines():
                log.error("the configuration stays as it was: %s", line)  # noqa: TRY400 - its words say all
            self._serving.say(CONFIGURATION, Condition.DEGRADED, _first(error))
            return
        self._serving.say(CONFIGURATION, Condition.WORKING)
        if settings == self._settings and not changed_beside:
            return
        log.info("the configuration has changed: another daemon takes over")
        now = look(self._path, settings)
        # The file itself as it was before it was read, so that a change since then is seen.
        self._next = settings, Seen((seen.configuration[0], *now.configuration[1:]), now.signatures)
        self._serving.stop(another_follows=True)

    @property
    def _serving(self) -> Served:
        if self._daemon is None:
            raise GerritbotError("there is no daemon yet; call run first")
        return self._daemon


def _usable(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of the file, where everything that they name can be read; Misconfigured with all that is wrong."""
    settings = config.load(path, environ)
    own_key(settings.gerrit.key)
    known_keys(settings.gerrit.known_hosts, settings.gerrit.host, settings.gerrit.port)
    return settings


def _first(error: GerritbotError) -> str:
    lines = str(error).splitlines()
    more = f" (and {len(lines) - 1} more, see the log)" if len(lines) > 1 else ""
    return f"not taken over, the one before stays: {lines[0]}{more}"


def look(path: Path, settings: Settings) -> Seen:
    """How the configuration file, the files that it names and the signature files are now."""
    named = [path, *_named(settings)]
    files = sorted(file for folder in settings.signatures.directories for file in _yaml_files(folder))
    return Seen(tuple((file, _stamp(file)) for file in named), tuple((file, _stamp(file)) for file in files))


def _named(part: object) -> Iterator[Path]:
    """The files that settings name: keys, secrets, certificates."""
    if isinstance(part, Path):
        yield part
    elif isinstance(part, Mapping):
        for item in part.values():
            yield from _named(item)
    elif isinstance(part, tuple):
        for item in part:
            yield from _named(item)
    elif is_dataclass(part) and not isinstance(part, type):
        for field in fields(part):
            if field.name not in config.FOLDERS:
                yield from _named(getattr(part, field.name))


def _yaml_files(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from (file for file in folder.iterdir() if file.suffix in (".yaml", ".yml"))


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
