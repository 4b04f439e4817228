"""A real Gerrit, and what people and CIs do with it: push changes, post reviews, read them back, abandon, submit."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from . import gerrit_site, git
from .life import OneProcess
from .processes import HOST, free_port


@dataclass(frozen=True, slots=True)
class Change:
    """One patch set of a change as it was pushed. ``change_id`` is the commit's, ``revision`` the commit's hash."""

    number: int
    patchset: int
    change_id: str
    revision: str
    project: str
    branch: str
    subject: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a change, oldest first in lists; ``text`` begins with Gerrit's ``Patch Set N:``."""

    author: str
    text: str
    tag: str
    patchset: int
    date: str


class GerritServer(OneProcess):
    """A Gerrit of its own with the accounts ``zuul``, ``jenkins``, ``gerritbot-er`` (all may stream events; only the
    first two may vote Verified), ``dev`` and ``admin``; all have an SSH key and the HTTP password ``PASSWORD``."""

    host = HOST
    password = gerrit_site.PASSWORD

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        """:param settings: of gerrit.config, ``{"section.name": value}``."""
        template = gerrit_site.template()
        super().__init__("gerrit")
        self.site = self.folder / "site"
        shutil.copytree(template, self.site)
        self.ssh_port = free_port()
        self.http_port = free_port()
        self.url = f"http://{HOST}:{self.http_port}"
        self.known_hosts = self.folder / "known_hosts"
        self.known_hosts.write_text(self.host_key_line() + "\n")
        for key, value in (settings or {}).items():
            self.set_config(key, value)

    # -- its life

    def start(self) -> None:
        """Start it, always on the same ports; returns when REST and SSH answer."""
        self._process = gerrit_site.launch(self.site, self.folder, self.ssh_port, self.http_port)

    # -- its settings

    def key(self, user: str) -> Path:
        """The private SSH key of an account."""
        return self.site / "keys" / user

    def host_key_line(self) -> str:
        """Its host key as a line of a known_hosts file; ``known_hosts`` is a file with this line."""
        kind, key = (self.site / "etc" / "ssh_host_ed25519_key.pub").read_text().split()[:2]
        return f"[{HOST}]:{self.ssh_port} {kind} {key}"

    def set_config(self, key: str, value: str) -> None:
        """Set ``section.name`` of gerrit.config; in force from the next start."""
        gerrit_site.configure(self.site, key, value)

    def rest(self, method: str, path: str, body: object = None, user: str = "admin") -> Any:
        """A REST request as ``user``; a RestError with the status when it is refused."""
        return gerrit_site.rest(self.url, user, method, path, body)

    def create_project(self, name: str, branches: Sequence[str] = ("master",)) -> None:
        self.rest("PUT", f"/projects/{quote(name, safe='')}", {"create_empty_commit": True, "branches": list(branches)})

    # -- what people and CIs do

    def push_change(
        self,
        project: str = gerrit_site.PROJECT,
        subject: str = "A change",
        *,
        files: Mapping[str, str] | None = None,
        branch: str = "master",
        user: str = "dev",
        amends: Change | None = None,
        footers: Sequence[str] = (),
        private: bool = False,
        base: str | None = None,
    ) -> Change:
        """Push a commit for review, with git, as ``user``.

        :param files: path → text, on top of the branch; by default a new file.
        :param amends: the change of which this becomes the next patch set; its project, branch and subject are kept.
        :param footers: lines before the Change-Id, such as ``Depends-On: URL``.
        :param base: the parent commit; by default the branch's head.
        """
        if amends is not None:
            project, branch, subject = amends.project, amends.branch, amends.subject
        change_id = amends.change_id if amends else f"I{secrets.token_hex(20)}"
        message = "\n".join([subject, "", *footers, f"Change-Id: {change_id}"])
        content = files if files is not None else {f"file-{secrets.token_hex(4)}.txt": secrets.token_hex(8)}
        ref = f"refs/for/{branch}" + ("%private" if private else "")
        revision = git.push(self._clone(project, user), content, message, branch=branch, ref=ref, base=base)
        info = self.rest(
            "GET",
            f"/changes/{quote(project, safe='')}~{quote(branch, safe='')}~{change_id}?o=CURRENT_REVISION",
            user=user,
        )
        patchset = info["revisions"][revision]["_number"]
        return Change(info["_number"], patchset, change_id, revision, project, branch, subject)

    def create_change(self, project: str, subject: str = "A change", *, user: str = "dev") -> Change:
        """An empty change whose revision nobody asks for, over REST: a fifth of the time of a push."""
        asked = {"project": project, "branch": "master", "subject": subject}
        info = self.rest("POST", "/changes/", asked, user)
        return Change(info["_number"], 1, info["change_id"], "", project, "master", subject)

    def push_commit(self, project: str, files: Mapping[str, str], subject: str, *, branch: str = "master") -> str:
        """Push a commit straight to a branch, as the administrator; returns its hash."""
        return git.push(self._clone(project, "admin"), files, subject, branch=branch, ref=f"refs/heads/{branch}")

    def review(
        self,
        user: str,
        change: int,
        message: str,
        *,
        patchset: int | None = None,
        tag: str = "",
        labels: Mapping[str, int] | None = None,
    ) -> None:
        """Post a message, and votes, as ``user`` over REST; by default on the current patch set."""
        review: dict[str, object] = {"message": message, "labels": dict(labels or {})}
        if tag:
            review["tag"] = tag
        revision = "current" if patchset is None else str(patchset)
        self.rest("POST", f"/changes/{change}/revisions/{revision}/review", review, user)

    def messages(self, change: int, author: str = "") -> list[Message]:
        """The messages of a change over REST, oldest first; only those of one account where ``author`` names it."""
        info = self.rest("GET", f"/changes/{change}?o=MESSAGES&o=DETAILED_ACCOUNTS")
        messages = [
            Message(
                author=one.get("author", {}).get("username", ""),
                text=one["message"],
                tag=one.get("tag", ""),
                patchset=one.get("_revision_number", 0),
                date=one["date"],
            )
            for one in info["messages"]
        ]
        return [one for one in messages if not author or one.author == author]

    def abandon(self, change: int) -> None:
        self.rest("POST", f"/changes/{change}/abandon", {})

    def submit(self, change: int) -> None:
        """Approve and merge a change, as the administrator."""
        self.rest("POST", f"/changes/{change}/revisions/current/review", {"labels": {"Code-Review": 2}})
        self.rest("POST", f"/changes/{change}/submit", {})

    def delete(self, change: int) -> None:
        self.rest("DELETE", f"/changes/{change}")

    def _clone(self, project: str, user: str) -> git.Clone:
        mail = "admin@example.com" if user == "admin" else f"{user}@example.org"
        url = f"http://{user}:{self.password}@{HOST}:{self.http_port}/a/{project}"
        return git.Clone(self.folder / "clones" / project.replace("/", "_"), url, user, mail)


@contextmanager
def gerrit_server(settings: Mapping[str, str] | None = None) -> Iterator[GerritServer]:
    """A running Gerrit for the time of a ``with`` block."""
    server = GerritServer(settings)
    try:
        server.start()
        yield server
    finally:
        server.close()
