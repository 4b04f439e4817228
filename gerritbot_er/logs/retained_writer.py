"""Writes the logs of one build to be kept: compressed while they are read, and there only once they are whole."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO, Self

import zstandard

from gerritbot_er.codec import to_json
from gerritbot_er.errors import GerritbotError, Transient
from gerritbot_er.model import Build

from .retained_folders import BLOCK, PACKED, Entry, Folders, RetainedBuild, StoredFile, key_of, on_disk, trouble

LEVEL = 3
"""Of zstd.  Measured on logs of OpenStack's gate: 22 times smaller at 560 MB/s; gzip at its default 15 times at 91."""
LEAST_FREE = 1024**3
"""Bytes of the disk that are left to others: to the state file, without which nothing is posted."""
_LOOK_EVERY = 16 * 1024**2
"""Bytes written between two looks at what is free."""
_LONGEST_NAME = 80
_UNFIT = re.compile(r"[^A-Za-z0-9._-]")


class BuildWriter:
    """A context manager: at its end the build is kept, if any file was written; after an error nothing of it is.

    Set ``whole`` to False where something of its logs was not read, and say in ``notes`` what.  A build that is kept
    already is replaced, unless that one is whole and this is not.

    Where the folder cannot be used, or there is no room, both ends of the block raise ``Misconfigured`` or
    ``Transient``.  Within it nothing does, so that who reads for another purpose as well reads on: ``trouble`` tells.
    """

    def __init__(self, folders: Folders, build: Build, *, kept_at: float, failed: bool) -> None:
        self._folders = folders
        self._build = build
        self._milliseconds = round(kept_at * 1000)
        self._failed = failed
        self._files: list[StoredFile] = []
        self._unlooked = 0
        self.whole = True
        self.notes: tuple[str, ...] = ()
        self.trouble: GerritbotError | None = None

    def __enter__(self) -> Self:
        try:
            self._place, self._meta = self._folders.begin()
        except OSError as error:
            raise trouble(self._folders.top, error) from error
        with self._noted():
            self._look()
        if self.trouble is not None:
            self._end()
            raise self.trouble
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._files and self.trouble is None:
                with self._noted():
                    self._keep()
        finally:
            self._end()
        if kind is None and self.trouble is not None:
            raise self.trouble

    @contextmanager
    def file(self, path: str, url: str) -> Iterator[Callable[[bytes], None]]:
        """One file, which the block writes chunk by chunk with what it is given; whole, if the block raises nothing.

        ``path`` is that below the folder of the logs, ``url`` where it is read.
        """
        name = f"{len(self._files)}-{_UNFIT.sub('_', path.rpartition('/')[2])[:_LONGEST_NAME]}{PACKED}"
        packer = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compressobj()
        plain, whole = 0, False
        packed = self._create(name)

        def write(chunk: bytes) -> None:
            nonlocal plain
            plain += len(chunk)
            if packed is not None and self.trouble is None:
                with self._noted():
                    self._count(packed.write(packer.compress(chunk)))

        try:
            yield write
            whole = True
        finally:
            if packed is not None:
                with self._noted(), packed:
                    packed.write(packer.flush())
                    _to_disk(packed)
                    self._files.append(StoredFile(_text(path), _text(url), name, plain, packed.tell(), whole))

    def _create(self, name: str) -> IO[bytes] | None:
        try:
            return (self._place / name).open("wb")
        except OSError as error:
            self._note(error)
            return None

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except (OSError, GerritbotError) as error:
            self._note(error)

    def _note(self, error: OSError | GerritbotError) -> None:
        """The first trouble is the one that counts."""
        ours = error if isinstance(error, GerritbotError) else trouble(self._folders.top, error)
        self.trouble = self.trouble or ours

    def _count(self, written: int) -> None:
        self._unlooked += written
        if self._unlooked >= _LOOK_EVERY:
            self._look()

    def _look(self) -> None:
        self._unlooked = 0
        found = os.statvfs(self._place)
        free = found.f_bavail * found.f_frsize
        if free < LEAST_FREE:
            raise Transient(
                f"{self._folders.top}: no logs are kept while less than {LEAST_FREE // 1024**2} MiB of its disk are "
                f"free ({free // 1024**2} MiB now); free disk space, or lower the size in keep"
            )

    def _keep(self) -> None:
        kept = RetainedBuild(
            name="",
            build=self._build,
            kept_at=self._milliseconds / 1000,
            failed=self._failed,
            whole=self.whole and all(file.whole for file in self._files),
            files=tuple(self._files),
            notes=self.notes,
        )
        self._meta.write(to_json(kept).encode())
        _to_disk(self._meta)
        size = BLOCK + on_disk(self._meta.tell()) + sum(on_disk(file.stored) for file in self._files)
        entry = Entry(self._milliseconds, key_of(self._build.ci, self._build.identity), self._failed, size)
        for place in self._folders.keep(self._place, entry, whole=kept.whole):
            shutil.rmtree(place, ignore_errors=True)

    def _end(self) -> None:
        """The lock ends; what has no name by now goes."""
        shutil.rmtree(self._place, ignore_errors=True)
        self._meta.close()


def _to_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _text(name: str) -> str:
    """A file's name may hold half a character, which no text file can."""
    return name.encode("utf-8", "replace").decode()
