"""The signature files that a range of git commits adds or changes, and those that stand beside them at its end.

A signature that was only moved is none of them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gerritbot_er.model import Signature
from gerritbot_er.signatures.files import MOST_BYTES, read_signature
from gerritbot_er.typed_yaml import Problem, YamlProblems

from .git import File, Git, GitFailed, NoRange
from .judging import Trial

_REVISION = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_./@{}^~+-]*")
"""No option begins so, and nothing of git's ranges and paths is in it."""
_SIGNATURE = re.compile(rb"^[\"']?(?:query|all_of|any_of)[\"']?[ \t]*:", re.MULTILINE)
"""What every signature file has and hardly any other YAML."""


@dataclass(frozen=True, slots=True)
class Range:
    """What came after one revision until another; ``after`` is None where ``until`` alone is meant.

    ``merge``: after the commit where the two parted.
    """

    after: str | None
    until: str
    merge: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """The signatures of a range, and what is wrong with files in it; ``others`` are changed files of another kind."""

    trial: Trial
    problems: tuple[Problem, ...]
    others: tuple[str, ...]


def read_range(text: str) -> Range:
    """``A..B``, ``A...B``, ``A..``, ``..B``, or one commit; NoRange where it is nothing of these."""
    after, dots, until = text.partition("...") if "..." in text else text.partition("..")
    revisions = [after or "HEAD", until or "HEAD"] if dots else [text]
    if not text.strip(".") or not all(_REVISION.fullmatch(one) and ".." not in one for one in revisions):
        raise NoRange(f"{text[:200]!r} is no file, and no range of commits such as main..HEAD")
    return Range(revisions[0] if dots else None, revisions[-1], merge=dots == "...")


def read_changed(asked: Range, folder: Path) -> Changed:
    """The signatures of a range in the repository that ``folder`` lies in, of files below it.

    NoRange where there is no such revision, Misconfigured where there is no repository or no git.
    """
    git = Git(folder)
    below = _below(git, folder)
    until = git.commit(asked.until)
    after = _after(git, asked, until)
    now, before = git.files(until, below), git.files(after, below) if after else {}
    known_before = {(PurePosixPath(path).name, file.id) for path, file in before.items()}
    new = [path for path, file in now.items() if (PurePosixPath(path).name, file.id) not in known_before]
    places = {PurePosixPath(path).parent for path in new}
    beside = [path for path in now if path not in new and PurePosixPath(path).parent in places]
    return _read(git, new, beside, now, before)


def _below(git: Git, folder: Path) -> PurePosixPath:
    """The folder's path within its repository."""
    try:
        return PurePosixPath(git.text("rev-parse", "--show-prefix"))
    except GitFailed as error:
        raise GitFailed(
            f"git cannot be asked about commits in {folder}: go to the repository of the signatures, or name a file "
            f"({error})"
        ) from None


def _after(git: Git, asked: Range, until: str) -> str | None:
    """The commit to compare with; None for the very first one."""
    if asked.after is None:
        parents = git.parents(until)
        return git.commit(parents[0]) if parents else None
    after = git.commit(asked.after)
    return git.text("merge-base", after, until) if asked.merge else after


def _read(
    git: Git, new: Sequence[str], beside: Sequence[str], now: Mapping[str, File], before: Mapping[str, File]
) -> Changed:
    reader = _Reader(git)
    tested = reader.signatures({path: now[path] for path in new})
    problems, others = tuple(reader.problems), tuple(reader.others)
    known = reader.signatures({path: now[path] for path in beside})
    earlier = reader.signatures({path: before[path] for path in new if path in before})
    names = {one.name for one in tested.values()}
    trial = Trial(
        tuple(tested.values()),
        tuple({one.name: one for one in known.values() if one.name not in names}.values()),
        {tested[path].name: one for path, one in earlier.items() if path in tested},
    )
    return Changed(trial, problems, others)


class _Reader:
    """Reads signatures of a repository, and gathers what is wrong with files and which are none."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self.problems: list[Problem] = []
        self.others: list[str] = []

    def signatures(self, files: Mapping[str, File]) -> dict[str, Signature]:
        """Those of these files that are signatures, by their path."""
        for path, file in files.items():
            if file.size > MOST_BYTES:
                self.problems.append(Problem(path, 1, 1, f"the file is over {MOST_BYTES} bytes; split it"))
        small = {path: file for path, file in files.items() if file.size <= MOST_BYTES}
        contents = self._git.contents(list(dict.fromkeys(file.id for file in small.values())))
        found = ((path, self._signature(path, contents[file.id])) for path, file in small.items())
        return {path: signature for path, signature in found if signature is not None}

    def _signature(self, path: str, data: bytes) -> Signature | None:
        if not _SIGNATURE.search(data):
            self.others.append(path)
            return None
        try:
            return read_signature(data.decode(), path)
        except UnicodeDecodeError:
            self.problems.append(Problem(path, 1, 1, "is no UTF-8; save it as UTF-8"))
        except YamlProblems as bad:
            self.problems += bad.problems
        return None
