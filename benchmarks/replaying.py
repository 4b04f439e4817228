"""A server that replays recorded stream events to whoever asks for ``gerrit stream-events``; a process of its own.

    python benchmarks/replaying.py EVENTS.jsonl.gz FOLDER --events 100000

It takes the key that it writes into the folder, beside ``known_hosts``, prints its port, and serves until its standard
input ends.  The recorded events are repeated with other change numbers until there are enough, and written 32 at a
time, as Gerrit's own command writes them, as fast as the client reads; then the stream ends.

For a daemon (``--daemon``) it is a little more of a Gerrit: each event has a second of its own, up to now, they come
spread over some time, the stream stays open, a query for a change shows it, a review is taken and comes back.
"""

import argparse
import contextlib
import gzip
import queue
import re
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import orjson
import paramiko

from gerritbot_er.sandbox.gerrit_ssh import ExecChannel, SshServer, new_key

BATCH = 32
"""Events that Gerrit's own command writes in one go."""

_NUMBER = re.compile(rb'"number":(\d{3,})')
_SECOND = re.compile(rb'"eventCreatedOn":\d+')
_LOGS = re.compile(rb"http://logs\.openstack\.org(?=/)")
_CHANGE = re.compile(r"change:(\d+)")
_REVIEW = re.compile(r"gerrit review --json (\d+),(\d+)")
_STATS = b'{"type":"stats","rowCount":%d,"runTimeMilliseconds":1,"moreChanges":false}\n'


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description="Replay recorded stream events over SSH.")
    parser.add_argument("recorded", type=Path, help="a recorded year")
    parser.add_argument("folder", type=Path, help="where key and known_hosts are written")
    parser.add_argument("--events", type=int, default=100_000, help="how many events, the recording repeated")
    parser.add_argument("--daemon", action="store_true", help="answer all that a daemon asks")
    parser.add_argument("--seconds", type=float, default=0.0, help="spread the events over so many seconds")
    parser.add_argument("--logs", default="", help="where the logs of builds are said to lie instead")
    chosen = parser.parse_args()
    events = repeated(chosen.recorded, chosen.events)
    if chosen.logs:
        events = [_LOGS.sub(chosen.logs.encode(), event) for event in events]
    server = ForDaemon(chosen.folder, events, chosen.seconds) if chosen.daemon else Replaying(chosen.folder, events)
    with contextlib.closing(server):
        print(server.port, flush=True)
        sys.stdin.read()


def repeated(recorded: Path, count: int) -> list[bytes]:
    """So many events: the recorded ones again and again, each time as of other changes, so that each is new."""
    lines = gzip.decompress(recorded.read_bytes()).splitlines()
    events: list[bytes] = []
    again = 0
    while len(events) < count:
        again += 1
        events += (renumbered(line, again) for line in lines[: count - len(events)])
    return events


def renumbered(line: bytes, again: int) -> bytes:
    """The event as of another change."""
    return _NUMBER.sub(rb'"number":%d\1' % again, line)


def recent(events: Sequence[bytes]) -> list[bytes]:
    """The events as if one had happened in each second up to now: a daemon is silent about what is days old."""
    first = int(time.time()) - len(events)
    return [_SECOND.sub(b'"eventCreatedOn":%d' % at, event) for at, event in enumerate(events, start=first)]


class Replaying:
    """The server, on a free port of 127.0.0.1; each client that asks gets the whole stream."""

    def __init__(self, folder: Path, events: Sequence[bytes]) -> None:
        self._batches = [
            b"".join(event + b"\n" for event in events[at : at + BATCH]) for at in range(0, len(events), BATCH)
        ]
        self._closing = threading.Event()
        public = " ".join(new_key(folder / "key").split()[:2])
        new_key(folder / "host_key")
        host_key = paramiko.Ed25519Key.from_private_key_file(str(folder / "host_key"))
        self._server = SshServer("Replaying", lambda _, key: key == public, self._serve, host_key=host_key)
        self.port = self._server.port
        trusted = f"[127.0.0.1]:{self.port} {host_key.get_name()} {host_key.get_base64()}\n"
        (folder / "known_hosts").write_text(trusted)

    def close(self) -> None:
        """End all streams."""
        self._closing.set()
        self._server.close()

    def _serve(self, channel: ExecChannel) -> int:
        for batch in self._batches:
            channel.out(batch)
        return 0


class ForDaemon(Replaying):
    """What a daemon needs besides, for one reader of the stream; reviews wait in a queue until they are streamed."""

    def __init__(self, folder: Path, events: Sequence[bytes], seconds: float) -> None:
        self._pace = seconds * BATCH / len(events)
        self._rows: dict[int, dict[str, object]] = {}
        self._reviews: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        super().__init__(folder, recent(events))

    def _serve(self, channel: ExecChannel) -> int:
        if channel.command.startswith("gerrit stream-events"):
            self._stream(channel)
        elif found := _REVIEW.match(channel.command):
            message = orjson.loads(channel.stdin())["message"]
            self._reviews.put(self._commented(int(found[1]), int(found[2]), message, channel.username))
        else:
            asked = _CHANGE.search(channel.command)
            row = self._rows.get(int(asked[1])) if asked else None
            channel.out(orjson.dumps(row) + b"\n" + _STATS % 1 if row else _STATS % 0)
        return 0

    def _stream(self, channel: ExecChannel) -> None:
        begun = time.monotonic()
        for number, batch in enumerate(self._batches):
            self._closing.wait(max(0.0, begun + number * self._pace - time.monotonic()))
            self._rows.update(map(_row_of, batch.splitlines()))
            channel.out(batch)
            with contextlib.suppress(queue.Empty):
                while True:
                    channel.out(self._reviews.get_nowait())
        while not channel.gone and not self._closing.is_set():
            with contextlib.suppress(queue.Empty):
                channel.out(self._reviews.get(timeout=0.2))

    def _commented(self, change: int, patchset: int, message: str, username: str) -> bytes:
        event = {
            "author": {"username": username},
            "comment": f"Patch Set {patchset}:\n\n{message}",
            "patchSet": {"number": patchset},
            "change": self._rows[change],
            "type": "comment-added",
            "eventCreatedOn": int(time.time()),
        }
        return orjson.dumps(event) + b"\n"


def _row_of(event: bytes) -> tuple[int, dict[str, object]]:
    """What a query shows of an event's change from now on; it has no comments."""
    told = orjson.loads(event)
    patchset = told.get("patchSet", {"number": 1})["number"]
    row = {**told["change"], "currentPatchSet": {"number": patchset, "createdOn": 1}}
    return row["number"], row


if __name__ == "__main__":
    main()
