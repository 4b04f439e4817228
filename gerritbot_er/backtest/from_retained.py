"""Past builds in a folder of retained logs, scanned in a few worker processes at once."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from gerritbot_er.errors import Transient
from gerritbot_er.logs.kept_scan import search_kept
from gerritbot_er.logs.retained import RetainedLogs
from gerritbot_er.logs.retained_folders import RetainedBuild
from gerritbot_er.logs.scan import Scanner
from gerritbot_er.logs.worker import cage
from gerritbot_er.model import BuildAnswer, Signature

from .past import PastBuild, Progress, latest

_MOST_WORKERS = 8
_FEW_BYTES = 64 * 1024 * 1024
"""Of logs, unpacked: no more than that are read sooner here than a process is started."""
_AHEAD = 2
"""Builds that wait for each worker."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A kept build, and where."""

    folder: Path
    build: RetainedBuild

    def plain_bytes(self) -> int:
        """How much there is to read."""
        return sum(file.plain for file in self.build.files)


class RetainedBuilds:
    """``PastBuilds`` over a folder of retained logs.

    ``stands_for``: so many successful builds ran for each one that is kept.  ``say`` hears what is left out and why.
    """

    lasting = True

    def __init__(self, folder: Path, say: Progress, *, stands_for: float = 1.0) -> None:
        self._logs = RetainedLogs(folder)
        self._say = say
        self._stands_for = stands_for
        self._kept: dict[str, RetainedBuild] = {}

    @property
    def name(self) -> str:
        return f"the logs kept in {self._logs.folder}"

    def builds(self, since: float | None, last: int | None) -> Sequence[PastBuild]:
        kept = {one.name: one for one in self._logs.builds(self._say)}
        self._kept = kept
        return latest([self._past(one) for one in kept.values()], since, last)

    def _past(self, kept: RetainedBuild) -> PastBuild:
        return PastBuild(kept.build, kept.name, 1.0 if kept.failed else self._stands_for)

    def match(
        self, signatures: Sequence[Signature], builds: Sequence[PastBuild]
    ) -> Iterator[tuple[PastBuild, BuildAnswer]]:
        work = [(past, _Kept(self._logs.folder, self._kept[past.state])) for past in builds]
        workers = min(_processors(), _MOST_WORKERS, len(work))
        if workers < 2 or sum(kept.plain_bytes() for _, kept in work) < _FEW_BYTES:  # noqa: PLR2004 - one is here
            scan = _Scan(signatures)
            yield from ((past, scan(kept)) for past, kept in work)
            return
        pool = ProcessPoolExecutor(
            workers, get_context("spawn"), initializer=_begin, initargs=(os.getpid(), tuple(signatures))
        )
        try:
            yield from _spread(pool, work, workers * _AHEAD)
        except BrokenProcessPool:
            raise Transient(
                f"a process that read {self._logs.folder} ended, for want of memory perhaps; run it again: "
                "it goes on where it was"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _processors() -> int:
    """Those that we may use."""
    return len(os.sched_getaffinity(0))


def _spread(
    pool: ProcessPoolExecutor, work: Sequence[tuple[PastBuild, _Kept]], ahead: int
) -> Iterator[tuple[PastBuild, BuildAnswer]]:
    """Hand out the work, never more than ``ahead`` builds beyond those that are done."""
    left = iter(work)
    at_work: dict[Future[BuildAnswer], PastBuild] = {}
    while True:
        for past, kept in islice(left, ahead - len(at_work)):
            at_work[pool.submit(_scan_there, kept)] = past
        if not at_work:
            return
        done, _ = wait(at_work, return_when=FIRST_COMPLETED)
        for future in done:
            yield at_work.pop(future), future.result()


class _Scan:
    """The signatures, made ready once for many builds."""

    def __init__(self, signatures: Sequence[Signature]) -> None:
        self._scanner = Scanner(signatures)
        self._asking = tuple(one.name for one in signatures if one.test_ids)

    def __call__(self, kept: _Kept) -> BuildAnswer:
        """What is found in the files of one build."""
        return search_kept(self._scanner, self._asking, RetainedLogs(kept.folder), kept.build)


_SCANS: list[_Scan] = []
"""In a worker process its only one."""


def _begin(parent: int, signatures: Sequence[Signature]) -> None:
    """The first thing in a worker process, which must not outlive its parent."""
    cage(parent)
    _SCANS.append(_Scan(signatures))


def _scan_there(kept: _Kept) -> BuildAnswer:
    return _SCANS[0](kept)
