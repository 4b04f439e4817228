"""Asked to end while every peer hangs, the daemon ends within the time that systemd gives it."""

import configparser
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.peers.daemon_child import child
from tests.peers.daemon_running import eventually, irc_part, site
from tests.peers.gerrit_running import proxy

UNIT = Path(__file__).parents[2] / "etc" / "gerritbot-er.service"


def stop_within() -> float:
    """Seconds of the unit's TimeoutStopSec."""
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[method-assign,assignment]
    unit.read(UNIT)
    return unit.getfloat("Service", "TimeoutStopSec")


class Hanging:
    """A server that takes every connection and never says a word."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.taken: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                self.taken.append(self._listener.accept()[0])
        except OSError:
            return

    def close(self) -> None:
        self._listener.close()
        for taken in self.taken:
            taken.close()


@contextmanager
def hanging() -> Iterator[Hanging]:
    with closing(Hanging()) as made:
        yield made


def test_f44_every_peer_hangs_and_the_end_comes_in_time() -> None:
    with site() as at, proxy(at.gerrit.port) as way, hanging() as store, hanging() as ci, hanging() as irc:
        (at.folder / "known_hosts").write_text(at.gerrit.known_hosts.replace(str(at.gerrit.port), str(way.port)))
        at.settings(
            gerrit={
                "host": "127.0.0.1",
                "port": way.port,
                "username": "gerritbot-er",
                "key": "key",
                "known_hosts": "known_hosts",
            },
            cis=[
                {
                    "name": "zuul",
                    "kind": "zuul",
                    "account": "zuul",
                    "web": f"http://127.0.0.1:{ci.port}",
                    "tenant": at.ci.tenant,
                    "log_store": "cluster",
                }
            ],
            log_stores={"cluster": {"kind": "elasticsearch", "url": f"http://127.0.0.1:{store.port}"}},
            irc=irc_part(irc.port),
        )
        with child(at.folder / "state.yaml") as daemon:
            at.fail()
            eventually("the case is kept", lambda: daemon.rows("SELECT 1 FROM cases"))
            eventually("all are asked", lambda: store.taken and irc.taken)
            way.freeze()
            begun = time.monotonic()
            daemon.send(signal.SIGTERM)
            daemon.ended(stop_within())
            took = time.monotonic() - begun
            assert took < stop_within() / 2
            assert "did not end within" not in daemon.log()
            assert daemon.rows("SELECT stage FROM cases") == [("open",)]
