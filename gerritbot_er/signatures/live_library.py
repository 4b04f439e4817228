"""The library of signatures in use: its files are read at the start and at each reload, and a bad file is left out."""

from collections.abc import Iterable
from pathlib import Path

from gerritbot_er.model import Signature
from gerritbot_er.typed_yaml import Problem

from .files import read_folder
from .library import Library


class LiveLibrary:
    """Holds the current ``library``, and the ``problems`` of the files that cannot be used as they are now.

    ``last_good`` are the signatures of the live library before this one, by name; it is kept up to date.
    """

    def __init__(
        self, folders: Iterable[Path], bug_url: str | None, last_good: dict[str, Signature] | None = None
    ) -> None:
        self._folders = tuple(folders)
        self._bug_url = bug_url
        self._last_good = {} if last_good is None else last_good
        self.problems: tuple[Problem, ...] = ()
        self.library = Library(())
        self.reload()

    def reload(self) -> None:
        """Read all files again; of a file that became bad the last good version stays."""
        found, self.problems = read_folder(self._folders, self._bug_url)
        bad = {Path(problem.file).name.removesuffix(".yaml") for problem in self.problems}
        kept = {name: self._last_good[name] for name in bad & self._last_good.keys() if name not in found}
        self._last_good.clear()
        self._last_good.update({**found, **kept})
        self.library = Library(self._last_good.values())
