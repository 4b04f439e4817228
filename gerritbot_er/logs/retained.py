"""The logs of builds kept on disk, so that signatures can be tried on the past: written once, read often, and dropped.

One folder per build below ``builds/``, whose name tells when it was kept, of what kind and how large it is, so that one
listing is all the accounting there is::

    builds/1795254900123-failed-49152-9f86d081884c7d65/meta.json, 0.zst, 1.zst, …
    writing/…     what is being written, or has been dropped and is being removed
    lock          held for a moment while folders are made, named and dropped

Any number of processes may write and read at once.  A folder has its name only when all of it is on the disk; what a
writer that crashed leaves lies in ``writing`` without that writer's lock, by which ``clean`` tells it from work.
"""

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import zstandard

from gerritbot_er.errors import Permanent
from gerritbot_er.model import Build

from .retained_folders import META, Entry, Folders, RetainedBuild, StoredFile, key_of, trouble
from .retained_writer import BuildWriter

_READ = 256 * 1024

log = logging.getLogger(__name__)


class Damaged(Permanent):
    """What was kept of a build is not what was written, or is there no more."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept: numbers of builds, bytes on disk, and the UTC second when the oldest was kept (None: nothing)."""

    failed: int = 0
    successes: int = 0
    bytes: int = 0
    oldest: float | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """What ``prune`` dropped: builds by kind, the bytes on disk, and how many were too old or beyond the size.

    ``more``: it stopped at the most it does at once.
    """

    failed: int = 0
    successes: int = 0
    bytes: int = 0
    too_old: int = 0
    beyond: int = 0
    more: bool = False

    def __bool__(self) -> bool:
        return bool(self.failed or self.successes)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file of a kept build; ``chunks`` may be read several times."""

    file: StoredFile
    _place: Path

    @property
    def path(self) -> str:
        """The file's path below the folder of its build's logs."""
        return self.file.path

    @property
    def url(self) -> str:
        """Where it was read."""
        return self.file.url

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, unpacked and streamed; ``Damaged`` where they are not those that were written."""
        plain = 0
        try:
            with self._place.open("rb") as packed:
                for chunk in zstandard.ZstdDecompressor().read_to_iter(packed, _READ, _READ):
                    plain += len(chunk)
                    yield chunk
        except FileNotFoundError:
            raise Damaged(f"{self._place} ({self.path}) is there no more: it was dropped meanwhile") from None
        except (OSError, zstandard.ZstdError) as error:
            raise Damaged(f"{self._place} ({self.path}) cannot be read: {error}") from error
        if plain != self.file.plain:
            raise Damaged(f"{self._place} ({self.path}) is damaged: {plain} bytes of {self.file.plain} are there")


class RetainedLogs:
    """The builds kept in a folder; nothing is made on disk before the first writer.  Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._folders = Folders(folder)

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._folders.top

    def writer(self, build: Build, *, kept_at: float, failed: bool = True) -> BuildWriter:
        """Begin to keep a build, as a context manager that ends it: see ``BuildWriter``.  ``kept_at``: UTC seconds.

        ``Misconfigured`` where the folder cannot be used, ``Transient`` where there is no room.
        """
        return BuildWriter(self._folders, build, kept_at=kept_at, failed=failed)

    def builds(self, damaged: Callable[[str], None] = log.warning) -> Iterator[RetainedBuild]:
        """All of them, newest first; one that is damaged is left out, and ``damaged`` told in a sentence.

        ``Misconfigured`` where the folder cannot be read.
        """
        seen = set()
        for entry in sorted(self._entries(), reverse=True):
            if entry.key in seen:
                continue
            try:
                build = self._read(entry)
            except Damaged as error:
                damaged(str(error))
                continue
            if build is not None:
                seen.add(entry.key)
                yield build

    def find(self, ci: str, identity: str) -> RetainedBuild | None:
        """The build of a CI by its identity; None where it is not kept, ``Damaged`` where it is and cannot be read."""
        key = key_of(ci, identity)
        found = max((entry for entry in self._entries() if entry.key == key), default=None)
        return None if found is None else self._read(found)

    def good(self, beyond: int, most: int) -> Iterator[RetainedBuild]:
        """Successful builds that were kept after this millisecond, the oldest first: the first ``most`` at least.

        Those of one millisecond are not parted; one that is damaged is left out.
        """
        entries = sorted(one for one in self._entries() if not one.failed and one.milliseconds > beyond)
        last = entries[:most][-1].milliseconds if entries else 0
        for entry in entries:
            if entry.milliseconds > last:
                return
            try:
                build = self._read(entry)
            except Damaged as error:
                log.warning("%s", error)
                continue
            if build is not None:
                yield build

    def files(self, build: RetainedBuild) -> Sequence[KeptFile]:
        """Its files, in the order in which they were read."""
        folder = self._folders.builds / build.name
        return [KeptFile(file, folder / file.name) for file in build.files]

    def held(self) -> Held:
        """The accounts, from names alone."""
        entries = self._entries()
        failed = sum(entry.failed for entry in entries)
        return Held(
            failed=failed,
            successes=len(entries) - failed,
            bytes=sum(entry.size for entry in entries),
            oldest=min((entry.kept_at for entry in entries), default=None),
        )

    def prune(self, now: float, keep_for: float, keep_bytes: int, *, most: int | None = None) -> Dropped:
        """Drop what is older than ``keep_for`` seconds, then the oldest until the rest has at most ``keep_bytes``.

        At most ``most`` builds at once.  What was dropped and what crashed writers left is removed from the disk.
        ``Misconfigured`` or ``Transient`` where that cannot be done.
        """
        if not self._folders.builds.is_dir():
            return Dropped()
        gone: list[tuple[Entry, bool]] = []
        try:
            with self._folders.locked():
                left = sorted(self._entries())
                size = sum(entry.size for entry in left)
                for entry in left[:most]:
                    too_old = entry.kept_at < now - keep_for
                    if not too_old and size <= keep_bytes:
                        break
                    self._folders.drop(entry)
                    gone.append((entry, too_old))
                    size -= entry.size
                more = bool(left[len(gone) :]) and len(gone) == most
        except OSError as error:
            raise trouble(self.folder, error) from error
        self.clean()
        return _told(gone, more=more)

    def prepare(self) -> None:
        """Make the folders where they are not there, and ``clean``: to be called before the first writer of a process.

        Raises as ``prune`` does.
        """
        try:
            self._folders.make()
        except OSError as error:
            raise trouble(self.folder, error) from error
        self.clean()

    def clean(self) -> int:
        """Remove what crashed writers and an interrupted ``prune`` left; how many folders.

        What is being written, by whichever process, stays.
        """
        try:
            abandoned = self._folders.abandoned()
        except OSError as error:
            raise trouble(self.folder, error) from error
        for place in abandoned:
            shutil.rmtree(place, ignore_errors=True)
        return len(abandoned)

    def _entries(self) -> list[Entry]:
        try:
            return self._folders.entries()
        except OSError as error:
            raise trouble(self.folder, error) from error

    def _read(self, entry: Entry) -> RetainedBuild | None:
        """What the folder holds; None where it was dropped meanwhile."""
        while (before := self._folders.fingerprint(entry)) is not None:
            try:
                return self._whole(entry)
            except Damaged:
                if self._folders.fingerprint(entry) == before:
                    raise  # else it was dropped while being read, and perhaps kept anew under the same name
        return None

    def _whole(self, entry: Entry) -> RetainedBuild:
        place = self._folders.builds / entry.name
        try:
            build = self._folders.read(entry)
            wrong = next((file for file in build.files if (place / file.name).stat().st_size != file.stored), None)
        except (OSError, ValueError) as error:
            why = error if isinstance(error, OSError) else f"its {META} is not what was written"
            raise Damaged(f"{place} is damaged and left out: {why}") from error
        if wrong is not None:
            raise Damaged(f"{place} is damaged and left out: {wrong.name} is not {wrong.stored} bytes long")
        return build


def _told(gone: Sequence[tuple[Entry, bool]], *, more: bool) -> Dropped:
    failed = sum(entry.failed for entry, _ in gone)
    too_old = sum(old for _, old in gone)
    return Dropped(
        failed=failed,
        successes=len(gone) - failed,
        bytes=sum(entry.size for entry, _ in gone),
        too_old=too_old,
        beyond=len(gone) - too_old,
        more=more,
    )
