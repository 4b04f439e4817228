"""Signatures against the kept logs of a build, read from the disk."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from gerritbot_er.ci.build_urls import build_page, log_page
from gerritbot_er.model import BuildAnswer, Match

from .documents import build_fields
from .failed_tests import Results
from .failed_tests.asking import TestsAsked
from .failed_tests.files import Parser
from .fetch import matched
from .fetch_choice import LogFile
from .retained import Damaged, KeptFile, RetainedLogs
from .retained_folders import RetainedBuild
from .scan import Scanner
from .scan_compound import Line


def search_kept(scanner: Scanner, asking: Sequence[str], logs: RetainedLogs, kept: RetainedBuild) -> BuildAnswer:
    """What is found in the files of one build; ``asking`` names signatures that count only where tests failed."""
    build = kept.build
    year = datetime.fromtimestamp(build.reported_at, UTC).year
    search = scanner.search(build_fields(build), year, float(build.reported_at))
    readers = logs.files(kept)
    tests = TestsAsked(asking)
    tests.listed([LogFile(one.path, one.url) for one in readers])
    matches: list[Match] = []
    say = tests.hearing(matches.append)
    page = build_page(build.web_url or "")
    link = partial(_link, page.url if page else None)
    damaged: list[str] = []
    for one in readers:
        try:
            for found in search.file(one.path, one.url, one.chunks()):
                say(matched(found, link))
        except Damaged as error:
            damaged.append(str(error))
    whole = kept.whole and not damaged
    for found in search.end(whole=whole):
        say(matched(found, link))
    told = tests.told(_reader(readers)) if tests.wanted else Results()
    notes = (*kept.notes, *damaged, *search.undecided, *told.notes, *search.notes)
    return BuildAnswer(
        tuple(matches),
        partial=not whole or bool(search.undecided or told.notes),
        notes=notes,
        failed_tests=told.known,
    )


def _reader(readers: Sequence[KeptFile]) -> Callable[[LogFile, Parser], Results]:
    """Reads test results out of kept files."""
    by_url = {one.url: one for one in readers}

    def read(file: LogFile, parser: Parser) -> Results:
        try:
            return parser(by_url[file.url].chunks())
        except Damaged as error:
            return Results(notes=(str(error),))

    return read


def _link(page: str | None, line: Line) -> str:
    """Opens a line: Zuul's page of the build at the line, else the file where it was read."""
    return log_page(page, line.path, line.number) if page else line.url
