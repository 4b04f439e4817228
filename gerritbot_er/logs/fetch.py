"""One build's logs fetched and searched, within its limits: listing, choosing, streaming, scanning.

A host that trickles or does not answer is given up for the whole build: the rest of its files would take as long.
What could not be read is said in the findings' notes, for people.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

from gerritbot_er.ci.build_urls import log_page
from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.http_client import Absent, HttpClient, Limits, TooLarge, TooSlow
from gerritbot_er.http_client.addresses import Gate
from gerritbot_er.model import Evidence, Match
from gerritbot_er.signatures.file_tags import bare_name

from .failed_tests import Results
from .failed_tests.asking import NOT_TOLD, TestsAsked
from .failed_tests.files import Parser
from .fetch_choice import LogFile, chosen, named
from .fetch_listing import listing
from .gathering import Gathering
from .retained_tee import Tee
from .retries import Retries
from .scan import Found, Scanner
from .scan_compound import Line
from .task import Findings, Task

Say = Callable[[Match], None]
Tell = Callable[[Sequence[Evidence]], None]

_LONGEST_QUOTE = 1000
_LONGEST_NAME = 200
_MOST_NOTES = 20
_HEADERS_OF_PACKED = 1024 * 1024
"""What packing may add, so that a plain file meets the limit of plain bytes first."""
_SHARE_OF_TIME = 0.9
"""Of the time for a build: what is left is for the answer, before the worker is killed."""


class _OutOfTime(Exception):
    """The time for this build is over."""


class Fetcher:
    """Reads one build; ``say`` hears each signature's first match at once, ``tee`` keeps what is read.

    ``tell`` hears in the end of the lines that may tell why it failed, where the task asks for these.
    ``sleep`` takes seconds of ``clock``.
    """

    def __init__(
        self,
        task: Task,
        scanner: Scanner,
        say: Say,
        tee: Tee,
        *,
        tell: Tell = lambda _: None,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._task = task
        self._search = scanner.search(task.fields, task.year, task.until)
        self._tests = TestsAsked(task.asking)
        self._say = self._tests.hearing(self._hearing(say))
        self._matched = False
        self._tee = tee
        self._tell = tell
        self._gathering = Gathering() if task.telling else None
        self._searching = not self._search.done
        self._clock = clock
        self._end = clock() + task.seconds * _SHARE_OF_TIME
        self._again = Retries(sleep, lambda: self._end - clock())
        self._bytes_left = task.bytes_per_build
        self._files_left = task.files
        self._lost_hosts: set[str] = set()
        self._viewer: str | None = None
        self._partial = False
        self._lasting = True
        self._notes: list[str] = []

    def run(self) -> Findings:
        """All of the build's logs, the last attempt first; Misconfigured where nothing can be fetched at all."""
        task = self._task
        limits = Limits(
            total=task.seconds,
            rate=task.bytes_per_second,
            packed=task.bytes_per_file + _HEADERS_OF_PACKED,
            plain=task.bytes_per_file,
        )
        ca_file = Path(task.ca_file) if task.ca_file else None
        gate = Gate(task.hosts, private=task.private)
        with HttpClient(gate, limits=limits, ca_file=ca_file, clock=self._clock) as http:
            findings = self._searched(http)
            for file in self._tests.results:
                if self._tee.lacks(file):
                    self._keep(http, file)
        return findings

    def _searched(self, http: HttpClient) -> Findings:
        task, here = self._task, False
        failed: tuple[str, ...] | None = None
        try:
            for number, log_url in enumerate(task.log_urls):
                here = self._attempt(http, log_url, task.viewer if number == 0 else None) or here
            failed = self._failed_tests(http) if self._tests.wanted else None
        except _OutOfTime:
            self._left_out(f"the {task.seconds:.0f} seconds for a build are over: the rest was not read", again=True)
            self._say_together()
        for note in self._search.undecided:
            self._left_out(note, again=False)
        notes = list(dict.fromkeys((*self._notes, *self._search.notes)))
        if len(notes) > _MOST_NOTES:
            notes[_MOST_NOTES:] = [f"and {len(notes) - _MOST_NOTES} more of this kind"]
        absent = not here and not self._partial
        lasting = self._lasting if self._partial else self._tests.wanted and failed is None
        return Findings(self._partial, absent, tuple(notes), lasting=lasting, failed_tests=failed)

    def _left_out(self, note: str, *, again: bool) -> None:
        """Something was not searched; ``again`` where it may be the next time."""
        self._partial = True
        self._lasting = self._lasting and not again
        self._notes.append(note)

    def _attempt(self, http: HttpClient, log_url: str, viewer: str | None) -> bool:
        """Read the logs at one URL; whether there are any."""
        try:
            found = self._again(lambda: listing(http, log_url))
        except Absent:
            return False
        except (Transient, Permanent) as error:
            self._check_time()
            self._left_out(str(error), again=isinstance(error, Transient))
            return False
        for note in found.notes:
            self._left_out(note, again=False)
        self._tests.listed(found.files)
        self._viewer = viewer if found.viewable else None
        files = self._chosen(found.files)
        missing = []
        for file in files:
            if self._search.done and not self._reads_on:
                break
            try:
                self._search_in(http, file)
            except Absent:
                missing.append(f"{file.path}: it is listed, but not there")
        if missing and len(missing) == len(files):
            return False
        for note in missing:
            self._left_out(note, again=True)
        self._say_together()
        return True

    def _chosen(self, listed: Sequence[LogFile]) -> Sequence[LogFile]:
        """The files to read, of those of one attempt."""
        names = self._task.only
        files, beyond = chosen(listed, self._files_left) if names is None else named(listed, names, self._files_left)
        for name in sorted(set(names or ()) - {bare_name(file.path) for file in listed}):
            self._left_out(
                f"{name}: the log store has lines of it, but it is not among the build's log files", again=True
            )
        if beyond:
            self._left_out(f"{beyond} files were not read: a build is read up to {self._task.files} files", again=False)
        self._files_left -= len(files)
        return files

    def _say_together(self) -> None:
        """What the lines of an attempt's files tell together."""
        for found in self._search.end(whole=not self._partial):
            self._say(matched(found, self._link))
        if self._gathering is not None and not self._matched:
            lines = self._gathering.lines()
            self._tell([quoted(line, self._link) for line in lines])
            self._gathering = None if lines else Gathering()  # those of one attempt do

    def _hearing(self, say: Say) -> Say:
        """Notes that a build is explained, so that nobody needs its lines."""

        def hear(match: Match) -> None:
            self._matched = True
            say(match)

        return hear

    @property
    def _reads_on(self) -> bool:
        """Whether files are read although all signatures have matched."""
        return self._tee.keeps or (self._gathering is not None and not self._searching)

    def _link(self, line: Line) -> str:
        return page_or_file(line, self._viewer)

    def _search_in(self, http: HttpClient, file: LogFile) -> None:
        def search(answered: Iterable[bytes]) -> None:
            chunks = self._tee.through(file, answered)
            watch = self._gathering.begin(file.path, file.url) if self._gathering else None
            for found in self._search.file(file.path, file.url, chunks, watch):
                self._say(matched(found, self._link))
            self._read_out(chunks)

        self._read(http, file, search)

    def _failed_tests(self, http: HttpClient) -> tuple[str, ...] | None:
        """The ids of the tests that failed in the build, None where its files do not tell."""

        def read(file: LogFile, parser: Parser) -> Results:
            results = []
            try:
                self._read(http, file, lambda answered: results.append(parser(self._tee.through(file, answered))))
            except Absent:
                self._left_out(f"{file.path}: it is listed, but not there", again=True)
            return results[0] if results else Results()

        told = self._tests.told(read)
        for note in told.notes:
            self._left_out(note, again=False)
        if not told.told:
            self._notes.append(NOT_TOLD)
            return None
        return tuple(sorted(told.failed))

    def _keep(self, http: HttpClient, file: LogFile) -> None:
        """A file of test results is kept, whether or not a signature asks for it now; missing it changes no answer."""
        with suppress(Absent, _OutOfTime):
            self._read(http, file, lambda answered: self._read_out(self._tee.through(file, answered)))

    def _read(self, http: HttpClient, file: LogFile, use: Callable[[Iterable[bytes]], None]) -> None:
        """Hand the bytes of one file on, or note why not; Absent where it is not there."""
        host = urlsplit(file.url).netloc
        if host in self._lost_hosts:
            self._left_out(f"the other files at {host} were not read", again=True)
            return
        if self._bytes_left <= 0:
            most = _size(self._task.bytes_per_build)
            self._left_out(f"the other files were not read: a build is read up to {most}", again=False)
            return
        self._check_time()
        try:
            with ExitStack() as opened:
                answered = self._again(lambda: self._open(http, file, opened))
                use(self._counted(answered))
        except Absent:
            raise
        except TooLarge as error:
            self._left_out(f"{file.path}: only its beginning was read ({error})", again=False)
        except TooSlow as error:
            self._check_time()
            self._lost_hosts.add(host)
            self._left_out(f"{file.path}: {error}", again=True)
        except (Transient, Permanent) as error:
            self._left_out(f"{file.path}: {error}", again=isinstance(error, Transient))

    def _open(self, http: HttpClient, file: LogFile, opened: ExitStack) -> Iterable[bytes]:
        answer = http.get(file.url, most=self._bytes_left, total=self._end - self._clock())
        return opened.enter_context(answer).chunks

    def _read_out(self, chunks: Iterator[bytes]) -> None:
        """What nobody else has a use for, because all signatures have matched, is still kept."""
        while self._tee.keeps and next(chunks, None) is not None:
            pass

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._bytes_left -= len(chunk)
            self._check_time()
            yield chunk

    def _check_time(self) -> None:
        if self._clock() >= self._end:
            raise _OutOfTime


def matched(found: Found, link: Callable[[Line], str | None]) -> Match:
    """The match that people see: its lines and their files cleaned, the links as they are."""
    evidence, *more = (quoted(line, link) for line in (found.line, *found.more))
    return Match(found.signature, evidence, tuple(more))


def page_or_file(line: Line, viewer: str | None) -> str:
    """Zuul's page of the build opens a file at a line; elsewhere the file itself has to do."""
    return log_page(viewer, line.path, line.number) if viewer else line.url


def quoted(line: Line, link: Callable[[Line], str | None]) -> Evidence:
    """A line as people see it: cleaned, the link as it is."""
    message, path = clean_line(line.message, _LONGEST_QUOTE), clean_line(line.path, _LONGEST_NAME)
    return Evidence(message, path, line.number, link(line))


def _size(count: int) -> str:
    return f"{count // (1024 * 1024)} MiB" if count >= 1024 * 1024 else f"{count} bytes"
