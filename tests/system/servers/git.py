"""Commits made and pushed with git's plumbing alone: no work tree, and nothing of the developer's own git settings."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .processes import run_tool


@dataclass(frozen=True, slots=True)
class Clone:
    """A bare repository to make commits in, the URL it pushes to, and who commits."""

    folder: Path
    url: str
    user: str
    mail: str

    def git(self, *words: str, **env: str) -> str:
        """Run one git command here and return what it printed."""
        person = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", self.user), ("EMAIL", self.mail))
        }
        closed: dict[str, str] = {
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
        }
        return run_tool(["git", *words], cwd=self.folder, env={**closed, **person, **env}).strip()


def push(
    clone: Clone, files: Mapping[str, str], message: str, *, branch: str, ref: str, base: str | None = None
) -> str:
    """Commit ``files`` (path → text) on ``base``, else on the remote branch, push it to ``ref``; gives its hash."""
    if not clone.folder.exists():
        clone.folder.mkdir(parents=True)
        clone.git("init", "-q", "--bare")
    # Fetched to a name of its own, and with an index of its own, so that threads may push at the same time.
    token = secrets.token_hex(8)
    head = f"refs/heads/{token}"
    clone.git("fetch", "-q", clone.url, f"refs/heads/{branch}:{head}")
    parent = base or clone.git("rev-parse", head)
    index = {"GIT_INDEX_FILE": str(clone.folder / f"index-{token}")}
    clone.git("read-tree", parent, **index)
    for path, text in files.items():
        source = clone.folder / f"blob-{token}"
        source.write_text(text)
        blob = clone.git("hash-object", "-w", str(source))
        clone.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", **index)
        source.unlink()
    tree = clone.git("write-tree", **index)
    revision = clone.git("commit-tree", tree, "-p", parent, "-m", message)
    clone.git("push", "-q", clone.url, f"{revision}:{ref}")
    return revision
