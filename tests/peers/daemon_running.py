"""The real daemon in this process, on top of sandbox peers that misbehave as they are told."""

import json
import random
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from gerritbot_er.config import load
from gerritbot_er.daemon import Daemon
from gerritbot_er.daemon.supervisor import WATCH, Watch
from gerritbot_er.ports import AtFailpoint, no_failpoint
from gerritbot_er.sandbox import story
from gerritbot_er.sandbox.ci import SandboxCI
from gerritbot_er.sandbox.gerrit import SandboxGerrit
from gerritbot_er.sandbox.gerrit_ssh import new_key
from gerritbot_er.settings import Settings
from gerritbot_er.signatures.starter import starter_folder

BOT = "gerritbot-er"
CHANNEL = "#widgets"
PATIENCE = 60.0
"""Seconds after which what was awaited will not come; all waits end as soon as it does.  A busy machine needs 20."""
LOCAL_STORE = {"kind": "local", "workers": 1, "allow_private": ["127.0.0.0/8"]}
NO_WAITING = {"proof": "2s", "rest_after_start": "0s"}


T = TypeVar("T")


def eventually(what: str, look: Callable[[], T], seconds: float = PATIENCE) -> T:
    """What ``look`` finds, as soon as it finds anything."""
    pause, end = threading.Event(), time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        pause.wait(0.02)
    return found


@dataclass(frozen=True, slots=True)
class Site:
    """A Gerrit, a CI with logs, and a folder with the daemon's key, configuration and states."""

    folder: Path
    gerrit: SandboxGerrit
    ci: SandboxCI
    public_key: str

    def settings(
        self, state: str = "state", *, account: str = BOT, host: str = "127.0.0.1", **parts: object
    ) -> Settings:
        """The daemon's settings; ``parts`` take the place of those of the configuration file."""
        words: dict[str, object] = {
            "gerrit": self.gerrit_part(account=account, host=host),
            "cis": [self.ci_part("zuul", story.CI_ACCOUNT, "local")],
            "log_stores": {"local": LOCAL_STORE},
            "signatures": {"directories": [str(starter_folder())]},
            "rules": [{"mode": "on"}],
            "waiting": {"poll": "1s"},
            "speaking": NO_WAITING,
            "state": state,
        }
        config = self.folder / f"{state}.yaml"
        config.write_text(json.dumps(words | parts))
        return load(config)

    def gerrit_part(self, *, account: str = BOT, host: str = "127.0.0.1", **more: object) -> dict[str, object]:
        """The part ``gerrit`` of the configuration."""
        ours = {"username": account, "key": "key", "known_hosts": "known_hosts"}
        return {"host": host, "port": self.gerrit.port, **ours, **more}

    def ci_part(self, name: str, account: str, store: str) -> dict[str, object]:
        """An entry of the part ``cis``: all of them are the same Zuul, under several accounts."""
        zuul = {"kind": "zuul", "web": self.ci.url, "tenant": self.ci.tenant, "log_hosts": ["127.0.0.1"]}
        return {"name": name, "account": account, "log_store": store, **zuul}

    def fail(self, project: str = story.PROJECT, subject: str = story.SUBJECT, *, private: bool = False) -> int:
        """A change whose job fails with a known bug; its number."""
        change = self.gerrit.create_change(project, subject, owner=story.AUTHOR, private=private)
        ref_url = f"{self.gerrit.web_url}/c/{project}/+/{change}"
        buildset = self.ci.add_buildset(change, 1, project=project, ref_url=ref_url)
        build = self.ci.add_build(buildset, story.JOB, "FAILURE", duration=9.0)
        self.ci.upload_logs(build.uuid, {"job-output.txt": b"toomanyrequests: pull rate limit\n"})
        self.gerrit.comment(story.CI_ACCOUNT, change, self.ci.comment(buildset))
        return change

    def comments(self, change: int) -> list[str]:
        """What the daemon has said on a change."""
        return [message.text for message in self.gerrit.messages(change, BOT)]

    def await_comment(self, change: int) -> str:
        """The daemon's first comment on a change."""
        return self.gerrit.wait_for_message(change, lambda message: message.author.username == BOT, PATIENCE).text

    def stages(self, state: str = "state") -> dict[int, list[str]]:
        """The stages of the outbox's rows for Gerrit, by change.

        Of a new state file: the change before, too, where its report is of the second in which the daemon began.
        """
        stages: dict[int, list[str]] = {}
        with closing(sqlite3.connect(self.folder / state / "state.db")) as db:
            for change, stage in db.execute("SELECT change, stage FROM outbox WHERE sink = 'gerrit' ORDER BY number"):
                stages.setdefault(change, []).append(stage)
        return stages


@contextmanager
def site() -> Iterator[Site]:
    """The peers, until the end of the block."""
    with tempfile.TemporaryDirectory() as name, SandboxGerrit() as gerrit, SandboxCI() as ci:
        folder = Path(name)
        public_key = new_key(folder / "key")
        story.add_accounts(gerrit, BOT, public_key)
        known = gerrit.known_hosts
        (folder / "known_hosts").write_text(known + known.replace("127.0.0.1", "localhost"))
        yield Site(folder, gerrit, ci, public_key)


class Running:
    """A daemon at work in a thread."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self._fine: bool | None = None
        self._thread = threading.Thread(target=self._run, name="daemon")
        self._thread.start()

    def ended(self, seconds: float = PATIENCE) -> bool:
        """Wait for the end; whether it came in order."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise TimeoutError(f"the daemon has not ended within {seconds:g} s")
        return bool(self._fine)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive()

    def stop(self) -> bool:
        """Ask for the end, as SIGTERM does; whether it came in order."""
        self.daemon.stop()
        return self.ended()

    def _run(self) -> None:
        self._fine = self.daemon.run()


@contextmanager
def running(
    settings: Settings,
    *,
    at_failpoint: AtFailpoint = no_failpoint,
    watch: Watch = WATCH,
    since: int | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """The real daemon, until it ends or the block does."""
    run = Running(Daemon(settings, at_failpoint=at_failpoint, watch=watch, since=since, environ=environ or {}))
    try:
        yield run
    finally:
        run.stop()


def free_port() -> int:
    """A port of loopback that nobody listens on, below those that the kernel gives to connections meanwhile."""
    for port in random.sample(range(20_000, 32_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("a hundred ports of loopback are taken")


def irc_part(port: int, **more: object) -> dict[str, object]:
    """The part ``irc`` of the configuration, for a server on this port of loopback."""
    return {"host": "127.0.0.1", "port": port, "tls": False, "nick": "erbot", "channels": [{"name": CHANNEL}], **more}
