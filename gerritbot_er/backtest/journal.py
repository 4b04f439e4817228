"""What was found in which build, kept on disk line by line, so that a backtest that was ended goes on where it was.

A file for each set of signatures, below ``backtest`` in our folder of the user's cache.  A line is written in one piece
when a build is done; one that a crash tore is passed over.  Nothing of it matters: without the file all is asked again.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from gerritbot_er import __version__
from gerritbot_er.codec import from_json, to_json
from gerritbot_er.errors import Misconfigured
from gerritbot_er.model import BuildAnswer, Signature

from .past import PastBuild

_MOST_FILES = 20
"""Of so many sets of signatures the answers stay; those used longest ago are removed."""


def digest(*parts: str) -> str:
    """What stands for these texts in names of files."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def journal_name(store: str, signatures: Sequence[Signature]) -> str:
    """The file of these signatures at this store; another version of ours may answer otherwise."""
    asked = sorted(
        to_json(Signature(one.name, one.query, one.compound, capture=one.capture, test_ids=one.test_ids))
        for one in signatures
    )
    return f"{digest(__version__, store, *asked)}.jsonl"


class Journal:
    """A context manager; ``done`` holds what was found by an earlier run.  Misconfigured where it cannot be written."""

    def __init__(self, folder: Path, name: str) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path = folder / name
            self.done: Mapping[str, BuildAnswer] = dict(_read(self._path))
            self._file = self._path.open("ab", buffering=0)
            if _torn(self._path):
                self._file.write(b"\n")
            _drop_oldest(folder)
        except OSError as error:
            raise Misconfigured(
                f"{folder} cannot be used ({error.strerror or error}): what was done is noted there; make it a folder "
                "that you can write, or set XDG_CACHE_HOME to one"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, past: PastBuild, answer: BuildAnswer) -> None:
        """A build is done."""
        line = json.dumps({"build": key(past), "answer": to_json(answer)})
        self._file.write(line.encode() + b"\n")


def key(past: PastBuild) -> str:
    """What stands for a build with what is kept of it now."""
    build = past.build
    return digest(build.ci, build.identity, past.state)


def _read(path: Path) -> Iterator[tuple[str, BuildAnswer]]:
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n"):
        try:
            said = json.loads(line)
            yield str(said["build"]), from_json(BuildAnswer, said["answer"])
        except (ValueError, KeyError, TypeError):
            continue


def _torn(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _drop_oldest(folder: Path) -> None:
    """Another run may drop the same ones."""
    journals = sorted(folder.glob("*.jsonl"), key=_changed_at, reverse=True)
    for path in journals[_MOST_FILES:]:
        path.unlink(missing_ok=True)


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
