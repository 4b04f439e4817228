"""Faults of the whole daemon: IRC away, workers that die or hang, the state lost, ends at any point, leaks."""

import os
import shutil
import socket
import threading
import time

import psutil
import pytest

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.ports import Mark, Marks

from .daemon_running import Site, irc_part, running, site

FINE = True


@pytest.fixture
def port_of_nobody() -> int:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return int(closed.getsockname()[1])


def test_f37_without_irc_comments_are_posted_all_the_same(port_of_nobody: int) -> None:
    with site() as at, running(at.settings(irc=irc_part(port_of_nobody))) as daemon:
        first = at.await_comment(at.fail())
        second = at.await_comment(at.fail())
        assert daemon.stop() is FINE
    assert first.splitlines()[2] == second.splitlines()[2]
    assert first.splitlines()[2] == "Known bug: the image registry refused the pull (rate limit)"


def test_f41_a_daemon_that_has_ended_leaves_nothing_open() -> None:
    """Three lives, in each of which connections are lost and logs fetched."""
    with site() as at:
        counts = [resources_after(at) for _ in range(3)]
    assert counts[1:] == [counts[1]] * 2, "the first life opens what Python keeps"
    assert counts[1][1:] == (0, 0)


def resources_after(at: Site) -> tuple[int, int, int]:
    """Open files, connections to the sandbox Gerrit, and child processes after a life of the daemon."""
    with running(at.settings()) as daemon:
        at.gerrit.wait_for_stream("gerritbot-er", 20)
        at.gerrit.drop_connections()
        at.await_comment(at.fail())
        assert daemon.stop() is FINE
    at.gerrit.drop_connections()
    ours = psutil.Process()
    to_gerrit = [one for one in ours.net_connections() if one.raddr and one.raddr.port == at.gerrit.port]
    return (len(os.listdir("/proc/self/fd")), len(to_gerrit), len(ours.children()))  # noqa: PTH208 - only counted


def test_f40_a_state_file_that_is_lost_under_the_daemon_ends_it_without_a_comment() -> None:
    with site() as at:
        lost = lose_state(at)
        with running(at.settings(), marks=lost) as daemon:
            at.gerrit.wait_for_stream("gerritbot-er", 20)
            change = at.fail()
            assert daemon.ended() is not FINE
        assert at.comments(change) == []


def lose_state(at: Site) -> Marks:
    def marks(mark: Mark) -> None:
        if mark is Mark.MATCHED:
            shutil.rmtree(at.folder / "state")

    return marks


@pytest.mark.parametrize("left", [b"", b"SQLite format 3\0"], ids=["empty", "cut"])
def test_f40_a_state_file_that_is_no_more_whole_is_not_begun_anew(left: bytes) -> None:
    with site() as at:
        with running(at.settings()) as daemon:
            at.gerrit.wait_for_stream("gerritbot-er", 20)
            daemon.stop()
        (at.folder / "state" / "state.db").write_bytes(left)
        with pytest.raises(Misconfigured, match=r"state\.db: damaged"), running(at.settings()):
            pass
        assert (at.folder / "state" / "state.db").read_bytes() == left


def test_f45_two_daemons_that_do_not_know_of_each_other_leave_one_comment() -> None:
    """As on two machines: the first stands still when it is about to speak, until the second has spoken."""
    about_to_speak, go_on = threading.Event(), threading.Event()

    def marks(mark: Mark) -> None:
        if mark is Mark.SENDING:
            about_to_speak.set()
            go_on.wait(20)

    with site() as at, running(at.settings("one"), marks=marks) as first:
        at.gerrit.wait_for_stream("gerritbot-er", 20)
        change = at.fail()
        assert about_to_speak.wait(20)
        began = int(time.time()) - 60
        with running(at.settings("two", host="localhost"), since=began):
            at.await_comment(change)
        go_on.set()
        assert first.stop() is FINE
        assert len(at.comments(change)) == 1
        assert at.stages("one") == ["sent"]


def test_f45_of_two_daemons_with_one_account_the_second_does_not_start() -> None:
    """Whatever state each of them has; it may start when the first has ended."""
    with site() as at:
        with running(at.settings("one")), pytest.raises(Transient) as refused, running(at.settings("two")):
            pass
        assert str(refused.value) == (
            f"another daemon on this machine speaks as gerritbot-er at 127.0.0.1 port {at.gerrit.port}; stop it first, "
            "or give this one an account of its own"
        )
        with running(at.settings("two")):
            assert at.await_comment(at.fail())
