"""The configuration file becomes typed settings, or every error in it at once, each with its line.

Relative paths are relative to the file; those of files are looked up among systemd's credentials first
(``$CREDENTIALS_DIRECTORY``), so that ``LoadCredential=gerrit.key:/…`` in the unit and ``key: gerrit.key`` here meet.
"""

import dataclasses
import logging
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from gerritbot_er import settings
from gerritbot_er.errors import Misconfigured
from gerritbot_er.typed_yaml import MOST_BYTES, YamlDocument, YamlProblems, check, read_yaml

from .checks import Parts, findings
from .files import Finding

DEFAULT_PATH = Path("/etc/gerritbot-er/config.yaml")

T = TypeVar("T")
_log = logging.getLogger(__name__)
_WHOLE = TypeAdapter(settings.Settings)
_USERINFO = re.compile(r"//[^/\s\"]*@")
"""User and password in a URL that was written where none belongs."""
_KIND_IN_PATH = re.compile(
    r"^(?:(log_stores\..+?)\.(?:elasticsearch|opensearch|local)|(trackers\.\d+)\.(?:launchpad|github|jira|other))(?=[.:])"
)
"""The type library puts the kind of a log store or a tracker into the path to its keys."""
FOLDERS = frozenset({"state", "directories", "directory"})
"""Keys whose paths are of folders: no credentials, and folders change for other reasons than their settings."""


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in the file; ``line`` counts from 1 and is 0 where the file could not be read at all.

    ``remedy`` is "" where the message says what is right.
    """

    file: str
    line: int
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}" + (f"; {self.remedy}" if self.remedy else "")


class ConfigErrors(Misconfigured):
    """Everything that is wrong in the configuration; its text has a line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What a file gave: settings, or None and the problems; warnings in either case, all in the file's order."""

    settings: settings.Settings | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def load(path: Path, environ: Mapping[str, str] | None = None) -> settings.Settings:
    """The settings of a file, all paths absolute; warnings go to the log.  Raises ``ConfigErrors`` with all errors."""
    reading = read(path, environ)
    for warning in reading.warnings:
        _log.warning("%s", warning)
    if reading.settings is None:
        raise ConfigErrors(reading.problems)
    return reading.settings


def read(path: Path, environ: Mapping[str, str] | None = None) -> Reading:
    """Read a file and check all that can be checked without asking a peer; raises nothing."""
    environ = os.environ if environ is None else environ
    file = str(path)
    try:
        with path.open("rb") as opened:
            text = opened.read(MOST_BYTES + 1).decode()
    except (OSError, ValueError) as error:
        return Reading(None, (_unreadable(file, error),))
    problems: set[Problem] = set()
    try:
        document = read_yaml(text, file)
    except YamlProblems as error:
        problems |= {_problem(one.file, one.line, one.message) for one in error.problems}
        if error.document is None:
            return Reading(None, tuple(sorted(problems)))
        document = error.document
    whole = None
    try:
        whole = check(document, _WHOLE)
    except YamlProblems as error:
        problems |= {_problem(one.file, one.line, one.message) for one in error.problems}
    place = _Place(path.absolute().parent, environ.get("CREDENTIALS_DIRECTORY"))
    found = list(findings(_parts(document, place), environ))
    problems |= {_placed(document, one) for one in found if not one.mild}
    warnings = {_placed(document, one) for one in found if one.mild}
    good = None if problems or whole is None else place.resolved(whole)
    return Reading(good, tuple(sorted(problems)), tuple(sorted(warnings)))


def state_folder(path: Path, environ: Mapping[str, str] | None = None) -> Path:
    """Where the state is, also where other parts of the file are wrong.

    A daemon goes on with the configuration that it has, and is to be looked at and paused just then.  Raises
    ``ConfigErrors`` where the file does not tell.
    """
    reading = read(path, environ)
    if reading.settings is not None:
        return reading.settings.state
    try:
        data = _keys(read_yaml(path.read_text("utf-8"), str(path)).data)
        named = data.get("state", str(settings.DEFAULT_STATE))
        if not isinstance(named, str) or "gerrit" not in data:
            raise ConfigErrors(reading.problems)
    except (OSError, ValueError):
        raise ConfigErrors(reading.problems) from None
    wrong = len(reading.problems)
    _log.warning("%s: wrong in %d %s; see check-config", path, wrong, "place" if wrong == 1 else "places")
    return path.absolute().parent / named


def _unreadable(file: str, error: Exception) -> Problem:
    if isinstance(error, FileNotFoundError):
        return Problem(file, 0, "there is no such file", "name the configuration file with -c FILE")
    if isinstance(error, UnicodeDecodeError):
        return Problem(file, 1, "the file is not UTF-8 text", "save it as UTF-8")
    why = error.strerror if isinstance(error, OSError) else str(error)
    return Problem(file, 0, f"the file cannot be read: {why}", "name a file that our user may read")


def _problem(file: str, line: int, words: str) -> Problem:
    words = _USERINFO.sub("//…@", _KIND_IN_PATH.sub(r"\1\2", words))
    message, _, remedy = words.partition("; ")
    return Problem(file, line, message, remedy)


def _placed(document: YamlDocument, found: Finding) -> Problem:
    line = document.problem(found.path, "").line
    return Problem(document.file, line, found.message, found.remedy)


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """Where relative paths begin."""

    folder: Path
    credentials: str | None

    def resolved(self, value: T, name: str = "") -> T:
        """The same settings with absolute paths."""
        if isinstance(value, Path):
            return self._path(value, name)  # type: ignore[return-value] # a Path for a Path
        if isinstance(value, tuple):
            return tuple(self.resolved(item, name) for item in value)  # type: ignore[return-value]
        if isinstance(value, dict):
            return {key: self.resolved(item, name) for key, item in value.items()}  # type: ignore[return-value]
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in dataclasses.fields(value)]
            changes: dict[str, Any] = {one: self.resolved(getattr(value, one), one) for one in names}
            return dataclasses.replace(value, **changes)
        return value

    def _path(self, path: Path, name: str) -> Path:
        if self.credentials and name not in FOLDERS and not path.is_absolute():
            credential = Path(self.credentials, path)
            try:
                if credential.is_file():
                    return credential
            except ValueError:  # a NUL in it; said where the file is looked for
                return path
        return self.folder / path


def _parts(document: YamlDocument, place: _Place) -> Parts:
    """What of the file is right in itself, so that more can be said about it."""
    data = _keys(document.data)
    stores, gerrit = data.get("log_stores"), _keys(data.get("gerrit"))
    cis, trackers, rules = (_numbered(data.get(key)) for key in ("cis", "trackers", "rules"))
    files = {key: gerrit[key] for key in ("key", "known_hosts") if isinstance(gerrit.get(key), str)}
    return Parts(
        gerrit_files={key: place.resolved(Path(file)) for key, file in files.items()},
        gerrit=_part(settings.Gerrit, gerrit, place),
        cis=_each(settings.CI, cis, place),
        ci_words={index: {k: v for k, v in _keys(ci).items() if isinstance(v, str)} for index, ci in cis.items()},
        stores=_each(settings.LogStore, _keys(stores), place),
        store_names=frozenset(stores) if isinstance(stores, dict) else None,
        signatures=_part(settings.Signatures, data.get("signatures"), place),
        trackers=_each(settings.BugTracker, trackers, place),
        rules=_each(settings.Rule, rules, place),
        irc=_part(settings.Irc, data.get("irc"), place),
        web=_part(settings.Web, data.get("web"), place),
        export=_part(settings.Export, data.get("export"), place),
    )


def _keys(data: object) -> Mapping[Any, Any]:
    return data if isinstance(data, dict) else {}


def _numbered(data: object) -> Mapping[Any, Any]:
    return dict(enumerate(data)) if isinstance(data, list) else {}


def _each(kind: Any, items: Mapping[Any, object], place: _Place) -> dict[Any, Any]:  # noqa: ANN401 - any part
    read_parts = {key: _part(kind, item, place) for key, item in items.items()}
    return {key: part for key, part in read_parts.items() if part is not None}


def _part(kind: Any, data: object, place: _Place) -> Any:  # noqa: ANN401 - what it gives is of that kind
    """The part; where something is wrong in it, without the wrong keys, if it can do without."""
    for _ in range(2):
        try:
            return place.resolved(TypeAdapter(kind).validate_python(data))
        except ValidationError as error:
            wrong = {step for detail in error.errors(include_url=False) for step in detail["loc"][:2]}
            data = {key: value for key, value in _keys(data).items() if key not in wrong}
    return None
