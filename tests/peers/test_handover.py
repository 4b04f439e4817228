"""The configuration of a running daemon is changed, well and badly, while changes fail."""

import http.client
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.peers.daemon_child import LISTENING, Child, child
from tests.peers.daemon_running import PATIENCE, Site, eventually, free_port, site

TAKES_OVER = "the configuration has changed: another daemon takes over"
IN_USE = "the changed configuration is in use"
SHADOW = [{"mode": "shadow"}]
OK = 200
ON = [{"mode": "on"}]


class Failing:
    """Changes that fail one after the other; ``changes`` are their numbers."""

    def __init__(self, at: Site) -> None:
        self._at = at
        self.changes: list[int] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self.stop.is_set():
            self.changes.append(self._at.fail())
            self.stop.wait(0.05)


@contextmanager
def failing(at: Site) -> Iterator[Failing]:
    made = Failing(at)
    made.thread.start()
    try:
        yield made
    finally:
        made.stop.set()
        made.thread.join()


def config_of(at: Site, rules: list[dict[str, str]], web: object = None) -> None:
    at.settings(rules=rules, speaking={"proof": "2s", "rest_after_start": "0s", "per_hour": 1000}, web=web)


def health(port: int) -> int:
    """The status of our own page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with closing(connection):
        connection.request("GET", "/readyz")
        return connection.getresponse().status


def cases(daemon: Child) -> dict[object, object]:
    return dict(daemon.rows("SELECT change, count(*) FROM cases GROUP BY change"))  # type: ignore[arg-type]


def test_f24_a_changed_rule_takes_effect_and_no_report_is_lost() -> None:
    with site() as at:
        web = {"port": free_port()}
        config_of(at, SHADOW, web=web)
        with child(at.folder / "state.yaml") as daemon:
            before = at.fail()
            eventually("it is recorded alone", lambda: daemon.rows("SELECT 1 FROM cases WHERE stage = 'done'"))
            with failing(at) as made:
                eventually("some changes have failed", lambda: len(made.changes) > 5)
                assert health(web["port"]) == OK
                config_of(at, ON, web=web)
                daemon.send(signal.SIGHUP)
                daemon.await_log(IN_USE)
                daemon.await_log(LISTENING, times=2)
            assert health(web["port"]) == OK
            last = at.fail()
            assert at.await_comment(last)
            eventually("each has its case", lambda: set(cases(daemon)) >= {before, *made.changes, last})
            assert set(cases(daemon).values()) == {1}
            assert at.comments(before) == []
            assert daemon.process.poll() is None
            daemon.send(signal.SIGTERM)
            assert daemon.ended() == 0


def test_f24_a_bad_file_changes_nothing_and_status_says_so() -> None:
    with site() as at:
        config_of(at, ON)
        config = at.folder / "state.yaml"
        with child(config) as daemon:
            good = config.read_text()
            config.write_text(good.replace('"poll"', '"pol"'))
            wrong = f'{config}:1: there is no key "pol"; did you mean "poll"?'
            daemon.await_log(f"the configuration stays as it was: {wrong}")
            eventually("status says so", lambda: wrong in daemon.command("status"))
            assert at.await_comment(at.fail())
            config.write_text(good)
            daemon.send(signal.SIGHUP)
            eventually("status is fine again", lambda: wrong not in daemon.command("status"))
            assert TAKES_OVER not in daemon.log()


def test_f44_sigterm_in_the_midst_of_a_handover_is_the_end() -> None:
    with site() as at:
        config_of(at, SHADOW)
        with child(at.folder / "state.yaml") as daemon:
            config_of(at, ON)
            daemon.send(signal.SIGHUP)
            daemon.await_log(TAKES_OVER)
            daemon.send(signal.SIGTERM)
            assert daemon.ended() == 0


def test_f25_of_a_bad_signature_file_the_last_good_version_stays_also_in_a_handover() -> None:
    with site() as at:
        folder = at.folder / "own"
        folder.mkdir()
        file = folder / "pull.yaml"
        file.write_text('query: message:"toomanyrequests"\ntitle: the registry refused\n')
        at.settings(signatures={"directories": [str(folder)]})
        with child(at.folder / "state.yaml") as daemon:
            file.write_text("query: [\n")
            daemon.send(signal.SIGHUP)
            daemon.await_log("signature left out: ")
            assert "the registry refused" in at.await_comment(at.fail())
            at.settings(signatures={"directories": [str(folder)]}, log_level="WARNING")
            daemon.send(signal.SIGHUP)
            daemon.await_log(TAKES_OVER)
            assert "the registry refused" in at.await_comment(at.fail())
            file.write_text('query: message:"toomanyrequests"\ntitle: the registry said no\n')
            daemon.send(signal.SIGHUP)
            eventually("no problem is left", lambda: "1 problems" not in daemon.command("status"))
            assert "the registry said no" in at.await_comment(at.fail())
