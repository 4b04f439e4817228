"""Which tests failed in a build, found out of its files only where a signature that was found asks for it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from gerritbot_er.logs.fetch_choice import LogFile
from gerritbot_er.model import Match

from . import Results, together
from .files import MOST_FILES, Parser, console_parser, consoles_in, parser_of, results_in

NOT_TOLD = "which tests failed is not known: no file of test results tells it, and no line of the console"
"""For people, where nothing is ``told``."""

Read = Callable[[LogFile, Parser], Results]
"""Reads one file; what cannot be read is in the notes."""


class TestsAsked:
    """One build: ``asking`` are the names of the signatures that count only where certain tests failed."""

    def __init__(self, asking: Collection[str]) -> None:
        self._asking = frozenset(asking)
        self._results: list[LogFile] = []
        self._consoles: list[LogFile] = []
        self.wanted = False

    @property
    def results(self) -> Sequence[LogFile]:
        """The files of test results among those that were listed, as many as are read."""
        return self._results[:MOST_FILES]

    def hearing(self, say: Callable[[Match], None]) -> Callable[[Match], None]:
        """``say``, listened to: after the match of a signature that asks, the failed tests are ``wanted``."""

        def heard(match: Match) -> None:
            self.wanted = self.wanted or match.signature in self._asking
            say(match)

        return heard

    def listed(self, files: Collection[LogFile]) -> None:
        """The files of one attempt of the build."""
        self._results += results_in(files)
        self._consoles += consoles_in(files)

    def told(self, read: Read) -> Results:
        """What its files tell: those of test results, and the consoles where these tell nothing."""
        found = [_named(file, read(file, parser)) for file in self.results if (parser := parser_of(file))]
        beyond = len(self._results) - MOST_FILES
        if beyond > 0:
            found.append(Results(notes=(f"{beyond} files of test results beyond {MOST_FILES} were not read",)))
        results = together(found)
        if results.told:
            return results
        consoles = together(_named(file, read(file, console_parser(file))) for file in self._consoles)
        return together((results, consoles))


def _named(file: LogFile, results: Results) -> Results:
    return replace(results, notes=tuple(f"{file.path}: {note}" for note in results.notes))
