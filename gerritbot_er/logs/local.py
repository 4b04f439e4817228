"""The local log store: a failed build's logs are fetched from where its CI keeps them, and searched here."""

import os
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from gerritbot_er.errors import GerritbotError, Permanent, Transient
from gerritbot_er.http_client.addresses import target
from gerritbot_er.http_client.decoding import decoded
from gerritbot_er.model import NOT_FAILED, Build, BuildAnswer, Evidence, LogsSeen, Match, Signature
from gerritbot_er.settings import CI, LocalStore

from .documents import Block, blocks, build_fields
from .failed_tests import Results
from .failed_tests.asking import NOT_TOLD, TestsAsked
from .failed_tests.files import Parser
from .fetch import matched, page_or_file, quoted
from .fetch_choice import LogFile, chosen
from .gathering import gathered
from .keeper import LogKeeper
from .scan import Scanner
from .task import Findings, Kept, Task, digest
from .workers import WorkerPool

_MOST_FILES = 2000
_MOST_REMEMBERED = 1000
_MOST_COMPARED = 20
"""Files that are read of a build that did not fail, the most telling first."""
_MOST_TOLD = 100
"""Builds whose lines wait to be asked for, at most 250 of 1,000 characters each: the desk does so at once."""
_READ = 256 * 1024


class LocalLogStore:
    """The ports LogStore and Comparisons without any server; to be closed, which ends its worker processes.

    With a ``keeper`` the logs of every build that is read are kept as well.
    """

    def __init__(self, settings: LocalStore, cis: Sequence[CI], keeper: LogKeeper | None = None) -> None:
        self._settings = settings
        self._keeper = keeper
        self._cis = {ci.name: ci for ci in cis}
        self._pool = WorkerPool(settings.workers)
        self._aside = WorkerPool(1)
        self._lasting: OrderedDict[_Key, BuildAnswer] = OrderedDict()
        self._telling: OrderedDict[str, tuple[Evidence, ...]] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker processes; who waits for an answer gets what was found so far."""
        self._aside.close()
        self._pool.close()

    def readiness(self, builds: Sequence[Build]) -> Mapping[str, LogsSeen]:
        """Logs are uploaded before the CI reports: a build that has a place for them has them, all of them."""
        return {build.identity: LogsSeen(console=True, complete=True) for build in builds if build.log_urls}

    def match(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        if not builds:
            return {}
        question = _question(signatures)
        with ThreadPoolExecutor(min(len(builds), self._settings.workers), "log reader") as readers:
            answers = readers.map(lambda build: self._read(build, question), builds)
            return {build.identity: answer for build, answer in zip(builds, answers, strict=True)}

    def lines(self, builds: Sequence[Build]) -> Mapping[str, tuple[Evidence, ...]]:
        """See ``ports.LogStore``: gathered when a build was matched, else out of what is kept of it, else read anew.

        A build that did not fail is read anew only while no failed one is being read.
        """
        found = {build.identity: self._lines(build) for build in builds}
        return {identity: lines for identity, lines in found.items() if lines}

    def match_files(self, signatures: Sequence[Signature], build: Build, names: Iterable[str]) -> BuildAnswer:
        """The same for one build and those of its files that have these bare names, wherever they lie."""
        return self._read(build, replace(_question(signatures), only=tuple(sorted(names))))

    @property
    def busy(self) -> bool:
        """Whether a failed build is being read."""
        return not self._pool.idle

    def keep(self, build: Build) -> bool:
        """See ``ports.Comparisons``; it has a process of its own, so that no failed build ever waits for one."""
        wish = self._keeper.wish(build, failed=False) if self._keeper else None
        if self._keeper is None or wish is None or self._keeper.has(build):
            return True
        nothing, host = _question(()), target(build.log_urls[0]).authority
        task = replace(self._task(build, nothing), keep=wish)
        said = self._aside.ask(host, task, nothing.digest, (), self._settings.time_per_build)
        self._keeper.note(said)
        findings = said.findings or Findings(partial=True)
        return not findings.absent and (findings.lasting or not findings.partial)

    def again(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        """See ``ports.past.PastLogs``: out of what is kept of them, in the process that ``keep`` uses."""
        question = _question(signatures)
        found: dict[str, BuildAnswer] = {}
        for build in builds:
            if self.busy:
                break
            found[build.identity] = self._again(build, question)
        return found

    def _again(self, build: Build, question: "_Question") -> BuildAnswer:
        if self._keeper is None:
            return BuildAnswer(absent=True)
        kept = Kept(str(self._keeper.limits.directory), build.ci, build.identity)
        task = replace(self._task(build, question), kept=kept)
        said = self._aside.ask("", task, question.digest, question.signatures, self._settings.time_per_build)
        if said.findings is None or (said.findings.partial and not said.findings.lasting):
            raise Transient(
                f"the kept logs of {build.identity} could not be searched: {'; '.join(said.answer().notes)}"
            )
        return said.answer()

    def _lines(self, build: Build) -> tuple[Evidence, ...]:
        gathered_then = self._telling.pop(build.identity, None)
        if gathered_then is not None:
            return gathered_then
        kept = self._keeper.lines(build) if self._keeper else ()
        if kept:
            return tuple(quoted(line, lambda line: page_or_file(line, self._viewer(build))) for line in kept)
        failed = build.result not in NOT_FAILED
        if not build.log_urls or (not failed and self.busy):
            return ()
        try:
            host = target(build.log_urls[0]).authority
        except Permanent:
            return ()
        nothing, pool = _question(()), self._pool if failed else self._aside
        task = self._task(build, nothing)
        task = replace(task, files=min(task.files, _MOST_COMPARED)) if not failed else task
        said = pool.ask(host, task, nothing.digest, (), self._settings.time_per_build)
        return tuple(said.lines)

    def _read(self, build: Build, question: "_Question") -> BuildAnswer:
        if not build.log_urls:
            return BuildAnswer(absent=True)
        try:
            host = target(build.log_urls[0]).authority
        except Permanent as error:
            return BuildAnswer(partial=True, notes=(str(error),))
        key = (build.identity, build.log_urls, question.digest, question.only)
        known = self._lasting.get(key)
        if known is not None:
            return known
        failed = build.result not in NOT_FAILED
        wish = self._keeper.wish(build, failed=failed) if self._keeper and question.only is None else None
        task = replace(self._task(build, question), keep=wish)
        patience = self._settings.time_per_build
        said = self._pool.ask(host, task, question.digest, question.signatures, patience)
        if self._keeper and wish:
            self._keeper.note(said)
        answer = said.answer()
        if question.only is None and not answer.matches and not answer.partial:
            self._telling[build.identity] = tuple(said.lines)
            if len(self._telling) > _MOST_TOLD:
                self._telling.popitem(last=False)
        if said.findings and said.findings.lasting:
            self._remember(key, answer)
        return answer

    def _remember(self, key: "_Key", answer: BuildAnswer) -> None:
        """A partial answer is asked for again: not to read the same 2 GiB as far as the limit each time."""
        self._lasting[key] = answer
        if len(self._lasting) > _MOST_REMEMBERED:
            self._lasting.popitem(last=False)

    def _task(self, build: Build, question: "_Question") -> Task:
        settings = self._settings
        ci = self._cis.get(build.ci)
        return Task(
            telling=question.only is None,
            fields=build_fields(build),
            log_urls=build.log_urls,
            viewer=self._viewer(build),
            hosts=log_hosts(ci) if ci else (),
            private=settings.allow_private,
            ca_file=str(settings.ca_file) if settings.ca_file else None,
            files=settings.files_per_build,
            bytes_per_file=settings.bytes_per_file,
            bytes_per_build=settings.bytes_per_build,
            bytes_per_second=settings.bytes_per_second,
            seconds=settings.time_per_build,
            year=datetime.fromtimestamp(build.reported_at, UTC).year,
            asking=question.asking,
            until=float(build.reported_at),
            only=question.only,
        )

    def _viewer(self, build: Build) -> str | None:
        ci = self._cis.get(build.ci)
        return build.web_url if ci and ci.kind == "zuul" else None


_Key = tuple[str, tuple[str, ...], str, tuple[str, ...] | None]


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of each build, ``digest`` stands for it; see ``Task`` for ``asking`` and ``only``."""

    signatures: Sequence[Signature]
    asking: Sequence[str]
    digest: str
    only: tuple[str, ...] | None = None


def _question(signatures: Sequence[Signature]) -> _Question:
    asking = _asking(signatures)
    return _Question(signatures, asking, " ".join((digest(signatures), *asking)))


def _asking(signatures: Iterable[Signature]) -> Sequence[str]:
    """The names of those that count only where certain tests failed."""
    return tuple(one.name for one in signatures if one.test_ids)


def log_hosts(ci: CI) -> tuple[str, ...]:
    """The patterns of the hosts that the CI's logs may lie at: those listed, and its own server."""
    own = urlsplit(ci.web or "").netloc
    return (*ci.log_hosts, own) if own else ci.log_hosts


def match_folder(path: Path, signatures: Sequence[Signature], *, year: int, until: float | None = None) -> BuildAnswer:
    """All signatures against a folder of log files on disk (or one file), packed ones too; in this process.

    ``year`` is that of lines that say none; ``until``, UTC seconds, when the build was over, for lines that say a time
    of day alone.  Permanent where there is no such folder.
    """
    files, beyond = logs_in(path)
    tests = TestsAsked(_asking(signatures))
    tests.listed(files_in(path))
    search = Scanner(signatures).search({}, year, until)
    matches: list[Match] = []
    say = tests.hearing(matches.append)
    notes = [f"{beyond} files were not read: a folder is read up to {_MOST_FILES} files"] if beyond else []
    for file in files:
        try:
            found = search.file(file.path, file.url, decoded(_chunks(Path(file.url)), ""))
            for one in found:
                say(matched(one, lambda _: None))
        except (OSError, GerritbotError) as error:
            notes.append(f"{file.path}: {error}")
    for one in search.end(whole=not notes):
        say(matched(one, lambda _: None))
    notes += search.undecided
    told = tests.told(_tests_in) if tests.wanted else Results()
    notes += told.notes
    untold = (NOT_TOLD,) if tests.wanted and not told.told else ()
    said = (*notes, *search.notes, *untold)
    return BuildAnswer(tuple(matches), partial=bool(notes), absent=not files, notes=said, failed_tests=told.known)


def lines_in_folder(path: Path) -> tuple[Evidence, ...]:
    """The lines that may tell why a build failed, out of a folder of its log files on disk (or one file)."""
    files, _ = logs_in(path)
    lines = gathered((file.path, file.url, _blocks_of(Path(file.url))) for file in files)
    return tuple(quoted(line, lambda _: None) for line in lines)


def _blocks_of(path: Path) -> Iterator[Block]:
    """As far as it can be read."""
    with suppress(OSError, GerritbotError):
        yield from blocks(decoded(_chunks(path), ""))


def _tests_in(file: LogFile, parser: Parser) -> Results:
    try:
        return parser(decoded(_chunks(Path(file.url)), ""))
    except (OSError, GerritbotError) as error:
        return Results(notes=(str(error),))


def files_in(path: Path) -> Sequence[LogFile]:
    """Every plain file in a folder on disk, or the one file; links are not followed.  Permanent where there is none."""
    if path.is_file():
        return (LogFile(path.name, str(path)),)
    if not path.is_dir():
        raise Permanent(f"{path} is no folder: give a folder of log files, or one log file")
    found = []
    for folder, _, names in os.walk(path):
        for name in names:
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                found.append(LogFile(str(file.relative_to(path)), str(file)))
    return found


def logs_in(path: Path) -> tuple[Sequence[LogFile], int]:
    """The logs in a folder, the most telling first, and how many are beyond the limit; one file is always a log."""
    files = files_in(path)
    return (files, 0) if path.is_file() else chosen(files, _MOST_FILES)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_READ):
            yield chunk
