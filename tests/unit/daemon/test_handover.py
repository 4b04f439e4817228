"""A changed configuration is taken over whole or not at all; the daemons are simulated, the files are real."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from gerritbot_er.config import load
from gerritbot_er.daemon.handover import Handover, look
from gerritbot_er.daemon.supervisor import Run
from gerritbot_er.dependencies import Condition
from gerritbot_er.errors import Misconfigured
from gerritbot_er.sandbox.gerrit_ssh import new_key
from gerritbot_er.settings import Settings
from tests.unit.config.site import ENVIRON, RIGHT, site

PATIENCE = 20.0
QUICK = 0.05


class FakeDaemon:
    """Runs its one worker, and says what it was told."""

    def __init__(self, settings: Settings, world: "World") -> None:
        self.settings = settings
        self._world = world
        self._stop = threading.Event()
        self.asked_to_stop: list[bool] = []

    def run(self) -> bool:
        self._world.note(f"run {self.settings.gerrit.username}")
        thread = threading.Thread(target=self._worker, args=(self._stop, lambda: None), daemon=True)
        thread.start()
        self._stop.wait(PATIENCE)
        self._wake()
        thread.join(PATIENCE)
        return True

    def stop(self, *, another_follows: bool = False) -> None:
        self.asked_to_stop.append(another_follows)
        self._stop.set()

    def reload(self) -> None:
        self._world.note("signatures read")

    def add(self, name: str, run: Run, wake: Callable[[], None]) -> None:
        assert name == "configuration"
        self._worker, self._wake = run, wake

    def say(self, name: str, state: Condition, why: str = "") -> None:
        self._world.note(f"{name} {state.value}{why and ': '}{why}")


class World:
    """A site's folder, the handover in a thread, and all that is noted, in order."""

    def __init__(self, folder: Path, environ: Mapping[str, str] = ENVIRON) -> None:
        self.config = site(folder)
        self.folder = folder
        (folder / "gerrit.key").unlink()
        new_key(folder / "gerrit.key")
        self.notes: list[str] = []
        self.daemons: list[FakeDaemon] = []
        self.refused: str | None = None
        self.ended_in_the_midst_by: str | None = None
        self._news = threading.Condition()
        self.handover = Handover(self.config, self._build, environ, look_every=QUICK)
        self._fine: list[bool] = []
        settings = load(self.config, environ)
        self._thread = threading.Thread(target=lambda: self._fine.append(self.handover.run(settings)), daemon=True)
        self._thread.start()
        self.wait_for("run erbot")

    def _build(self, settings: Settings) -> FakeDaemon:
        if settings.gerrit.username == self.refused:
            raise Misconfigured("its state is another's; name another folder")
        if settings.gerrit.username == self.ended_in_the_midst_by:
            self.handover.stop()
        self.daemons.append(FakeDaemon(settings, self))
        return self.daemons[-1]

    def note(self, what: str) -> None:
        with self._news:
            self.notes.append(what)
            self._news.notify_all()

    def wait_for(self, note: str, times: int = 1) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.notes.count(note) >= times, PATIENCE), self.notes

    def write(self, text: str) -> None:
        self.config.write_text(text)

    def end(self) -> bool:
        self.handover.stop()
        return self.join()

    def join(self) -> bool:
        self._thread.join(PATIENCE)
        return self._fine == [True]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with _closing(World(tmp_path)) as made:
        yield made


@contextmanager
def _closing(made: World) -> Iterator[World]:
    try:
        yield made
    finally:
        assert made.end()


OTHER = RIGHT.replace("  username: erbot", "  username: other")
WRONG = RIGHT.replace("  username: erbot", "  usernme: erbot").replace("kind: zuul", "kind: zul")


@pytest.mark.parametrize("asked", [True, False], ids=["asked", "seen"])
def test_f24_a_good_and_different_configuration_is_taken_over(world: World, *, asked: bool) -> None:
    world.write(OTHER)
    if asked:
        world.handover.reload()
    world.wait_for("run other")
    assert [daemon.asked_to_stop for daemon in world.daemons] == [[True], []]


def test_f24_a_bad_configuration_changes_nothing_and_every_error_is_said(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.write(WRONG)
    told = (
        f"not taken over, the one before stays: {world.config}:1: gerrit.username is missing; add it "
        "(and 2 more, see the log)"
    )
    world.wait_for(f"configuration degraded: {told}")
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == [
        f"the configuration stays as it was: {world.config}:{rest}"
        for rest in (
            "1: gerrit.username is missing; add it",
            '3: there is no key "usernme"; did you mean "username"?',
            "8: cis.0.kind: input should be 'zuul' or 'jenkins', not \"zul\"",
        )
    ]
    assert len(world.daemons) == 1
    world.write(RIGHT)
    world.wait_for("configuration working", times=2)
    assert len(world.daemons) == 1


def test_f24_a_key_that_cannot_be_used_changes_nothing(world: World) -> None:
    (world.folder / "gerrit.key").write_text("no key\n")
    key = world.folder / "gerrit.key"
    world.wait_for(
        f"configuration degraded: not taken over, the one before stays: {key}: this is no private SSH key (of type "
        "ed25519, ecdsa or rsa); name the private half, not the .pub"
    )
    assert len(world.daemons) == 1


def test_f24_settings_that_no_daemon_can_be_made_of_give_way_to_those_before(world: World) -> None:
    world.refused = "other"
    world.write(OTHER)
    world.wait_for("run erbot", times=2)
    why = "not taken over, the one before stays: its state is another's; name another folder"
    assert world.notes.index(f"configuration degraded: {why}") > 0
    assert [daemon.settings.gerrit.username for daemon in world.daemons] == ["erbot", "erbot"]


def test_f24_the_watchdog_is_fed_before_each_daemon_that_is_tried(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(PATIENCE)
        with _closing(World(tmp_path, {**ENVIRON, "NOTIFY_SOCKET": str(tmp_path / "notify")})) as made:
            made.refused = "other"
            made.write(OTHER)
            assert [systemd.recv(200) for _ in range(2)] == [b"WATCHDOG=1"] * 2
            made.wait_for("run erbot", times=2)


def test_a_secret_that_changes_is_taken_over(world: World) -> None:
    (world.folder / "opensearch.password").write_text("another\n")
    world.wait_for("run erbot", times=2)
    assert [daemon.asked_to_stop for daemon in world.daemons] == [[True], []]


def test_a_secret_that_changes_beside_a_mistake_is_taken_over_once_that_is_mended(world: World) -> None:
    world.write(WRONG)
    (world.folder / "opensearch.password").write_text("another\n")
    world.handover.reload()
    world.wait_for(
        f"configuration degraded: not taken over, the one before stays: {world.config}:1: gerrit.username is missing; "
        "add it (and 2 more, see the log)"
    )
    assert world.notes.count("run erbot") == 1
    world.write(RIGHT)
    world.wait_for("run erbot", times=2)
    assert [daemon.asked_to_stop for daemon in world.daemons] == [[True], []]


def test_a_changed_mode_is_a_change(tmp_path: Path) -> None:
    path = site(tmp_path)
    settings = load(path, ENVIRON)
    before = look(path, settings)
    assert look(path, settings) == before
    secret, later = tmp_path / "opensearch.password", tmp_path / "later"
    written = secret.stat().st_ctime_ns
    while not later.exists() or later.stat().st_ctime_ns == written:  # the file system's clock ticks coarsely
        later.write_text("")
    secret.chmod(0o640)
    assert look(path, settings) != before


def test_f25_changed_signatures_are_read_under_the_running_daemon(world: World) -> None:
    (world.folder / "signatures" / "2.yaml").write_text("query: y\n")
    world.wait_for("signatures read")
    world.handover.reload()
    world.wait_for("signatures read", times=2)
    assert len(world.daemons) == 1


def test_an_end_that_is_asked_for_in_a_handover_is_the_end(tmp_path: Path) -> None:
    made = World(tmp_path)
    made.ended_in_the_midst_by = "other"
    made.write(OTHER)
    made.wait_for("run other")
    assert made.join()
    assert [daemon.asked_to_stop for daemon in made.daemons] == [[True, False], [False]]
