"""Which files of a build's logs tell of its tests, by their names, and who reads them; pure."""

import re
from collections.abc import Callable, Iterable, Sequence

from gerritbot_er.logs.fetch_choice import CONSOLES, LogFile
from gerritbot_er.signatures.file_tags import bare_name

from . import Results
from .console import failed_in_console
from .junit_file import failed_in_junit

Parser = Callable[[Iterable[bytes]], Results]

MOST_FILES = 200
"""Files of test results that are read of one build."""

_JUNIT = re.compile(
    r"(?:.*[^a-z])?(?:tests?|junit|xunit|nosetests|pytest|surefire|failsafe|results?)(?:[^a-z].*)?\.xml(?:\.gz)?",
    re.IGNORECASE,
)
_SUBUNIT = re.compile(r".*\.subunit(?:\.gz)?", re.IGNORECASE)


def parser_of(file: LogFile) -> Parser | None:
    """Who reads a file of test results; None for any other file.  An XML file may turn out to be something else."""
    if _SUBUNIT.fullmatch(bare_name(file.path)):
        return _subunit
    return failed_in_junit if _JUNIT.fullmatch(file.path) else None


def results_in(files: Iterable[LogFile]) -> Sequence[LogFile]:
    """The files of test results, those of subunit first; one that lies there both packed and plain is named once."""
    found = sorted((file for file in files if parser_of(file)), key=lambda file: (_is_xml(file), file.path))
    return list({file.path.removesuffix(".gz"): file for file in reversed(found)}.values())[::-1]


def consoles_in(files: Iterable[LogFile]) -> Sequence[LogFile]:
    """The consoles, which name failed tests where no file of results does."""
    return [file for file in files if bare_name(file.path).lower() in CONSOLES]


def console_parser(_: LogFile) -> Parser:
    """Who reads a console."""
    return failed_in_console


def _is_xml(file: LogFile) -> bool:
    return _SUBUNIT.fullmatch(bare_name(file.path)) is None


def _subunit(chunks: Iterable[bytes]) -> Results:
    from .subunit_file import failed_in_subunit  # noqa: PLC0415 - its library takes a tenth of a second to load

    return failed_in_subunit(chunks)
