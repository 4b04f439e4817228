"""A git repository, asked as a process with its arguments in a list and no shell.

What objects hold is read by their ids alone, so that no name of a file is ever taken for an option or a pattern.
"""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import Misconfigured, Transient

_LINK = "120000"
"""The mode of a symbolic link."""
_SECONDS = 60
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_REASON_LENGTH = 300
_PARTIAL = "; get what this partial clone lacks, with git fetch --refetch --no-filter"


class NoRange(ValueError):
    """A text that names no commits; its words say what would."""


class GitFailed(Misconfigured):
    """git refused; the words are its own."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a commit by the id of its content; ``size`` is in bytes."""

    id: str
    size: int


class Git:
    """Asks git in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def text(self, *words: str) -> str:
        """The line that a command prints."""
        return self._run(words).decode("utf-8", "replace").strip()

    def commit(self, revision: str) -> str:
        """The id of the commit of a revision that begins with no dash; NoRange where there is none."""
        try:
            return self.text("rev-parse", "--verify", f"{revision}^{{commit}}")
        except GitFailed as error:
            raise NoRange(
                f"git knows no commit {revision} in {self._folder} ({error}); in a shallow clone, as many CIs make "
                "them, fetch the whole history first"
            ) from None

    def parents(self, commit: str) -> Sequence[str]:
        """The ids of the parents as the commit says them, whether they are here or not."""
        head, _, _ = self._run(("cat-file", "commit", commit)).partition(b"\n\n")
        return [line.split()[1].decode() for line in head.splitlines() if line.startswith(b"parent ")]

    def files(self, commit: str, below: PurePosixPath) -> dict[str, File]:
        """The YAML files of a commit below a folder, by their path; hidden ones are configuration, no signatures."""
        found = {}
        for entry in self._run(("ls-tree", "-r", "-z", "-l", "--full-tree", commit)).split(b"\0"):
            facts, _, name = entry.decode("utf-8", "replace").partition("\t")
            path = PurePosixPath(name)
            inside = path.is_relative_to(below) and not any(part.startswith(".") for part in path.parts)
            words = facts.split()
            if inside and path.suffix == ".yaml" and words[1:2] == ["blob"] and words[0] != _LINK:
                found[name] = File(words[2], int(words[3]))
        return found

    def contents(self, ids: Sequence[str]) -> dict[str, bytes]:
        """What files hold, by their ids."""
        said = BytesIO(self._run(("cat-file", "--batch"), "".join(f"{one}\n" for one in ids).encode()) if ids else b"")
        found = {}
        for one in ids:
            size = int(said.readline().split()[-1])
            found[one] = said.read(size)
            said.seek(1, os.SEEK_CUR)
        return found

    def _run(self, words: Sequence[str], given: bytes = b"") -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 - no shell; the words are ours, and ids and revisions that were checked
                ["git", "--no-pager", *words],  # noqa: S607 - where it lies is the user's business
                cwd=self._folder,
                input=given,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                env={**os.environ, **_QUIET},
            )
        except FileNotFoundError:
            raise Misconfigured("there is no git here, which a range of commits needs; name a file instead") from None
        except subprocess.TimeoutExpired:
            raise Transient(f"git did not answer within {_SECONDS} s") from None
        if done.returncode:
            said = clean_line(done.stderr.decode("utf-8", "replace"), _REASON_LENGTH)
            raise GitFailed((said or f"git {words[0]} failed") + _PARTIAL * ("promisor" in said))
        return done.stdout
