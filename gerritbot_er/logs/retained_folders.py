"""How kept logs lie on the disk: names that tell all that accounts need, and moves that are whole or not at all."""

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from gerritbot_er.codec import from_json
from gerritbot_er.errors import GerritbotError, Misconfigured, Transient
from gerritbot_er.model import Build

META, PACKED = "meta.json", ".zst"
BLOCK = 4096
"""What a disk gives at least to a file or a folder: of small files that is most of what they take."""

_NAME = re.compile(r"(?P<at>\d{13,})-(?P<kind>failed|success)-(?P<size>\d+)-(?P<key>[0-9a-f]{16})")
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE, errno.ENFILE})


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a kept build: ``path`` below the folder of its logs, ``url`` where it was read, ``name`` where it lies.

    ``plain`` bytes became ``stored`` ones; ``whole`` is False where only its beginning was read.
    """

    path: str
    url: str
    name: str
    plain: int
    stored: int
    whole: bool


@dataclass(frozen=True, slots=True)
class RetainedBuild:
    """A build whose logs are kept, since ``kept_at`` (UTC seconds, to the millisecond); ``name`` is its folder's.

    ``whole``: nothing of its logs is missing, else ``notes`` say what.  ``failed``: it is no example of a good one.
    """

    name: str
    build: Build
    kept_at: float
    failed: bool
    whole: bool
    files: tuple[StoredFile, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """What the name of a kept build's folder says; the older is the smaller.  ``milliseconds`` since 1970, UTC.

    ``size`` is in bytes on disk; ``key`` stands for the CI and the build's identity.
    """

    milliseconds: int
    key: str
    failed: bool
    size: int

    @property
    def kept_at(self) -> float:
        """UTC seconds."""
        return self.milliseconds / 1000

    @property
    def name(self) -> str:
        """The folder's name."""
        kind = "failed" if self.failed else "success"
        return f"{self.milliseconds:013d}-{kind}-{self.size}-{self.key}"


def entry_of(name: str) -> Entry | None:
    """The other end of ``Entry.name``; None for a folder that is none of ours."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    return Entry(int(found["at"]), found["key"], found["kind"] == "failed", int(found["size"]))


def key_of(ci: str, identity: str) -> str:
    """What stands for a build in the name of its folder."""
    return hashlib.sha256(f"{ci}\0{identity}".encode()).hexdigest()[:16]


def on_disk(size: int) -> int:
    """The bytes that a file of this size takes."""
    return -(-size // BLOCK) * BLOCK


class Folders:
    """The folders below ``top``; every method but ``trouble`` raises OSError."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.builds = top / "builds"
        self._writing = top / "writing"

    def entries(self) -> list[Entry]:
        """All that has a name, in no order; nothing where nothing was ever kept."""
        try:
            names = os.listdir(self.builds)  # noqa: PTH208 - names alone, of tens of thousands
        except FileNotFoundError:
            return []
        return [entry for entry in map(entry_of, names) if entry is not None]

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else makes, names or drops folders meanwhile."""
        with (self.top / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def make(self) -> None:
        """Make what is not there."""
        self.builds.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._writing.mkdir(mode=0o750, exist_ok=True)

    def begin(self) -> tuple[Path, IO[bytes]]:
        """A new folder to write to, with its meta file, whose lock says that it is being written until it is closed."""
        self.make()
        with self.locked():
            place = self._writing / uuid.uuid4().hex
            place.mkdir(mode=0o750)
            meta = (place / META).open("wb")
            fcntl.flock(meta, fcntl.LOCK_EX)
            return place, meta

    def keep(self, place: Path, entry: Entry, *, whole: bool) -> Sequence[Path]:
        """Give a written folder, all of whose files are on the disk, its name, in place of what its build had before.

        Nothing happens where that one is whole and this is not.  Returns the folders that are to be removed.
        """
        sync(place)
        with self.locked():
            before = [one for one in self.entries() if one.key == entry.key]
            if not whole and any(self._is_whole(one) for one in before):
                return ()
            while entry in before:
                entry = replace(entry, milliseconds=entry.milliseconds + 1)
            place.rename(self.builds / entry.name)
            sync(self.builds)
            return [self.drop(one) for one in before]

    def drop(self, entry: Entry) -> Path:
        """Take away a folder's name, under the lock, and return where it is now; there ``abandoned`` finds it too."""
        self.make()
        place = self._writing / f"dropped-{uuid.uuid4().hex}"
        (self.builds / entry.name).rename(place)
        return place

    def fingerprint(self, entry: Entry) -> tuple[int, int] | None:
        """What tells the folder that has this name now from another that had it; None where there is none."""
        try:
            found = (self.builds / entry.name).stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_ctime_ns

    def read(self, entry: Entry) -> RetainedBuild:
        """What a folder's meta file says; ValueError where that is not what was written."""
        kept = from_json(RetainedBuild, (self.builds / entry.name / META).read_text("utf-8"))
        if any("/" in file.name or not file.name.endswith(PACKED) for file in kept.files):
            raise ValueError(f"a file of {entry.name} lies outside of it")
        return replace(kept, name=entry.name, kept_at=entry.kept_at)

    def _is_whole(self, entry: Entry) -> bool:
        try:
            return self.read(entry).whole
        except (OSError, ValueError):
            return False

    def abandoned(self) -> Sequence[Path]:
        """The folders in ``writing`` that nobody writes to any more."""
        if not self._writing.is_dir():
            return ()
        with self.locked():
            return [place for place in self._writing.iterdir() if not _written(place)]


def _written(place: Path) -> bool:
    """Whether a writer, of any process, holds the lock of a folder's meta file."""
    try:
        with (place / META).open("rb") as meta:
            fcntl.flock(meta, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (FileNotFoundError, NotADirectoryError):
        return False
    return False


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def trouble(folder: Path, error: OSError) -> GerritbotError:
    """A file system's error as ours, with the folder and what to do."""
    why = error.strerror or str(error)
    if error.errno in _NO_ROOM:
        return Transient(f"{folder}: no logs can be kept ({why}); free disk space, or lower the size in keep")
    return Misconfigured(f"{folder}: no logs can be kept ({why}); make it a folder that our user can write")
