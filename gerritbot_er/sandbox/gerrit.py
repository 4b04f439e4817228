"""The sandbox Gerrit: Gerrit's commands behind a real SSH server, driven and disturbed by its owner."""

import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import paramiko

from gerritbot_er.sandbox import gson
from gerritbot_er.sandbox.gerrit_changes import Account, Changes, Json, Message
from gerritbot_er.sandbox.gerrit_commands import VERSION, Commands, Group, Troubles
from gerritbot_er.sandbox.gerrit_ssh import ExecChannel, SshServer, new_key
from gerritbot_er.sandbox.gerrit_streams import Streams

__all__ = ["Account", "Message", "SandboxGerrit", "new_key"]

_EVENTS_KEPT = 10_000


class SandboxGerrit:
    """A Gerrit on 127.0.0.1. Use it as a context manager; every method may be called from any thread.

    ``event_limit`` is the number of events queued for one client before the rest is dropped: 128 on a real server, none
    here unless asked for. ``now`` gives epoch seconds. ``troubles`` are the faults that can be switched on at any time.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        *,
        web_url: str = "https://review.example.org",
        event_limit: int | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.troubles = Troubles()
        self.web_url = web_url
        self._accounts: dict[str, Account] = {}
        self._keys: dict[str, set[str]] = {}
        self._groups: dict[str, Group] = {}
        self._events: deque[Json] = deque(maxlen=_EVENTS_KEPT)
        self._commands: list[tuple[str, str]] = []
        self._logins: list[str] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._streams = Streams(event_limit, now)
        self._changes = Changes(web_url, now, self.emit)
        self._run = Commands(
            self._changes,
            self._streams,
            self._accounts.__getitem__,
            self._groups,
            self.troubles,
            now=now,
            closing=self._closing,
        )
        with tempfile.TemporaryDirectory(prefix="sandbox-gerrit-") as folder:
            new_key(Path(folder, "host_key"))
            self._host_key = paramiko.Ed25519Key.from_private_key_file(str(Path(folder, "host_key")))
        self._server = self._listen(0)
        self.port = self._server.port

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all commands, streams, connections and threads."""
        self._closing.set()
        self._streams.close()
        self._server.close()

    def stop(self) -> None:
        """The server goes down, its changes stay."""
        self._server.close()

    def start(self) -> None:
        """The server is up again after ``stop``, with the same port and host key."""
        self._server = self._listen(self.port)

    @property
    def known_hosts(self) -> str:
        """The line for a known_hosts file that trusts this server."""
        return f"[{self.host}]:{self.port} {self._host_key.get_name()} {self._host_key.get_base64()}\n"

    def add_account(
        self,
        username: str,
        *,
        name: str | None = None,
        public_key: str | None = None,
        stream_events: bool = False,
        votes: frozenset[str] = frozenset(),
    ) -> Account:
        """An account; with a public key (``ssh-ed25519 AAAA…``) it can log in, the rest is what it may do then."""
        account = Account(username, name or username, f"{username}@example.org", stream_events, votes)
        with self._lock:
            self._accounts[username] = account
            if public_key:
                self._keys.setdefault(username, set()).add(" ".join(public_key.split()[:2]))
        return account

    def add_group(self, name: str, *members: str, visible: bool = True) -> None:
        """A group of these accounts, in the place of one of that name; who is in it everybody sees, or they alone."""
        self._groups[name] = Group(tuple(self._accounts[member] for member in members), visible)

    # What happens on the Gerrit

    def create_change(
        self,
        project: str,
        subject: str,
        *,
        owner: str,
        branch: str = "master",
        private: bool = False,
        number: int | None = None,
    ) -> int:
        """A new change with patch set 1; its number (the next free one unless given)."""
        account = self._accounts[owner]
        return self._changes.create(project, branch, subject, account, private=private, number=number)

    def new_patchset(self, change: int, uploader: str | None = None) -> int:
        """The next patch set, by the owner unless another is named; its number."""
        return self._changes.new_patchset(change, self._accounts[uploader] if uploader else None)

    def merge(self, change: int, submitter: str) -> None:
        """Merge a change."""
        self._changes.merge(change, self._accounts[submitter])

    def set_private(self, change: int, changer: str, *, private: bool = True) -> None:
        """The change is seen by few from now on, or by everybody again."""
        self._changes.set_private(change, self._accounts[changer], private=private)

    def abandon(self, change: int, abandoner: str, reason: str = "") -> None:
        """Abandon a change."""
        self._changes.abandon(change, self._accounts[abandoner], reason)

    def delete(self, change: int) -> None:
        """Delete a change, without a trace or an event."""
        self._changes.delete(change)

    def comment(
        self,
        username: str,
        change: int,
        message: str,
        *,
        patchset: int | None = None,
        votes: Mapping[str, int] | None = None,
        tag: str | None = None,
    ) -> None:
        """A review by this account, on the current patch set unless another is given. Refused as Gerrit refuses it."""
        on = patchset or len(self._changes.change(change).patchsets)
        self._changes.review(self._accounts[username], change, on, message=message, votes=votes or {}, tag=tag)

    # What can be seen of it

    def messages(self, change: int, author: str | None = None) -> list[Message]:
        """The messages on a change, oldest first; those of one author where one is named."""
        with self._changes.updated:
            said = self._changes.change(change).messages
            return [message for message in said if author in (None, message.author.username)]

    def wait_for_message(self, change: int, wanted: Callable[[Message], bool], timeout: float) -> Message:
        """The first wanted message on a change; TimeoutError, with what was said instead, after ``timeout`` seconds."""
        with self._changes.updated:
            found = self._changes.updated.wait_for(lambda: next(filter(wanted, self.messages(change)), None), timeout)
            if found is None:
                said = "\n---\n".join(f"{message.author.username}: {message.text}" for message in self.messages(change))
                raise TimeoutError(f"no such message on change {change} within {timeout:g} s; there are:\n{said}")
            return found

    @property
    def events(self) -> list[Json]:
        """The events so far, as they were sent (the last 10,000 of them)."""
        with self._lock:
            return list(self._events)

    @property
    def commands(self) -> list[tuple[str, str]]:
        """All commands so far: username and command line."""
        with self._lock:
            return list(self._commands)

    @property
    def logins(self) -> list[str]:
        """The usernames of all attempts to log in, refused ones too."""
        with self._lock:
            return list(self._logins)

    def wait_for_stream(self, username: str, timeout: float) -> None:
        """Wait until this account has an event stream open; TimeoutError otherwise."""
        if not self._streams.wait_for(username, timeout):
            raise TimeoutError(f"{username} opened no event stream within {timeout:g} s")

    # What goes wrong

    def emit(self, event: Json) -> None:
        """An event to all streams that asked for its type (for events that come of nothing above)."""
        line = gson.line(event)
        with self._lock:
            self._events.append(event)
        self._streams.publish(str(event.get("type")), line)

    def send_raw(self, data: bytes) -> None:
        """Bytes into all streams, as they are."""
        self._streams.send_raw(data)

    def silence_streams(self, *, silent: bool = True) -> None:
        """Streams stay open and get no events; everything else works."""
        self._streams.silent = silent

    def drop_connections(self, *, reset: bool = False) -> int:
        """Cut all connections; how many there were."""
        return self._server.drop_connections(reset=reset)

    def _listen(self, port: int) -> SshServer:
        version = f"GerritCodeReview_{VERSION} (APACHE-SSHD-2.12.0)"
        return SshServer(version, self._authorise, self._command, host_key=self._host_key, port=port)

    def _authorise(self, username: str, key: str) -> bool:
        with self._lock:
            self._logins.append(username)
            return not self.troubles.refuse_auth and key in self._keys.get(username, ())

    def _command(self, channel: ExecChannel) -> int | None:
        with self._lock:
            self._commands.append((channel.username, channel.command))
        return self._run.run(channel)
