"""Faults of the whole daemon: IRC away, workers that die or hang, the state lost, ends at any point, leaks."""

import http.client
import os
import shutil
import threading
import time
from contextlib import closing

import psutil
import pytest

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.ports import AtFailpoint, Failpoint
from gerritbot_er.sandbox.irc import SandboxIrc

from .daemon_running import CHANNEL, PATIENCE, Running, Site, eventually, free_port, irc_part, running, site

FINE = True


def test_f37_without_irc_comments_are_posted_all_the_same() -> None:
    with site() as at, running(at.settings(irc=irc_part(free_port()))) as daemon:
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
        at.gerrit.wait_for_stream("gerritbot-er", PATIENCE)
        at.gerrit.drop_connections()
        at.await_comment(at.fail())
        assert daemon.stop() is FINE
    ours = psutil.Process()
    to_gerrit = [one for one in ours.net_connections() if one.raddr and one.raddr.port == at.gerrit.port]
    at.gerrit.drop_connections()  # the other ends of them are in this process, too
    return (len(os.listdir("/proc/self/fd")), len(to_gerrit), len(ours.children()))  # noqa: PTH208 - only counted


def test_f40_a_state_file_that_is_lost_under_the_daemon_ends_it_without_a_comment() -> None:
    with site() as at:
        lost = lose_state(at)
        with running(at.settings(), at_failpoint=lost) as daemon:
            at.gerrit.wait_for_stream("gerritbot-er", PATIENCE)
            change = at.fail()
            assert daemon.ended() is not FINE
        assert at.comments(change) == []


def lose_state(at: Site) -> AtFailpoint:
    def at_failpoint(failpoint: Failpoint) -> None:
        if failpoint is Failpoint.MATCHED:
            shutil.rmtree(at.folder / "state")

    return at_failpoint


@pytest.mark.parametrize("left", [b"", b"SQLite format 3\0"], ids=["empty", "cut"])
def test_f40_a_state_file_that_is_no_more_whole_is_not_begun_anew(left: bytes) -> None:
    with site() as at:
        with running(at.settings()) as daemon:
            at.gerrit.wait_for_stream("gerritbot-er", PATIENCE)
            daemon.stop()
        (at.folder / "state" / "state.db").write_bytes(left)
        with pytest.raises(Misconfigured, match=r"state\.db: damaged"), running(at.settings()):
            pass
        assert (at.folder / "state" / "state.db").read_bytes() == left


def test_f45_two_daemons_that_do_not_know_of_each_other_leave_one_comment() -> None:
    """As on two machines: the first stands still when it is about to speak, until the second has spoken."""
    about_to_speak, go_on = threading.Event(), threading.Event()

    def at_failpoint(failpoint: Failpoint) -> None:
        if failpoint is Failpoint.SENDING:
            about_to_speak.set()
            go_on.wait(PATIENCE)

    with site() as at, running(at.settings("one"), at_failpoint=at_failpoint) as first:
        at.gerrit.wait_for_stream("gerritbot-er", PATIENCE)
        change = at.fail()
        assert about_to_speak.wait(PATIENCE)
        began = int(time.time()) - 60
        with running(at.settings("two", host="localhost"), since=began):
            at.await_comment(change)
        go_on.set()
        assert first.stop() is FINE
        assert len(at.comments(change)) == 1
        assert at.stages("one") == {change: ["sent"]}


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


def test_f44_what_is_being_posted_is_finished_and_the_rest_is_kept() -> None:
    """SIGTERM while Gerrit, which is slow, has two comments in hand and a third one waits for its turn."""
    sending = threading.Semaphore(0)

    def at_failpoint(failpoint: Failpoint) -> None:
        if failpoint is Failpoint.SENDING:
            sending.release()

    with site() as at:
        at.gerrit.troubles.review_delay_before = 1.5
        with running(at.settings(), at_failpoint=at_failpoint) as daemon:
            at.gerrit.wait_for_stream("gerritbot-er", PATIENCE)
            changes = [at.fail() for _ in range(3)]
            for _ in changes:
                assert sending.acquire(timeout=PATIENCE)
            eventually("two are with Gerrit", lambda: reviews(at) == 2)
            assert daemon.stop() is FINE
        assert [len(at.comments(change)) for change in changes].count(1) == 2
        assert ["sending"] in at.stages().values()
        at.gerrit.troubles.review_delay_before = 0.0
        with running(at.settings()):
            for change in changes:
                at.await_comment(change)
        assert [len(at.comments(change)) for change in changes] == [1, 1, 1]


def reviews(at: Site) -> int:
    return sum("gerrit review" in command for _, command in at.gerrit.commands)


def test_f44_ended_in_order_at_any_mark_there_is_one_comment() -> None:
    """A life for each failpoint, in which the daemon is asked to end when it is passed, and a second one."""
    with site() as at, SandboxIrc() as irc:
        said = {failpoint: comments_with_an_end_at(failpoint, at, irc) for failpoint in Failpoint}
    assert said == dict.fromkeys(Failpoint, 1)


def comments_with_an_end_at(failpoint: Failpoint, at: Site, irc: SandboxIrc) -> int:
    """How many comments a failure gets."""
    lives: list[Running] = []

    def at_failpoint(now: Failpoint) -> None:
        if now is failpoint and lives:
            lives[0].daemon.stop()

    settings = at.settings(f"state-{failpoint.name}", irc=irc_part(irc.port))
    with running(settings, at_failpoint=at_failpoint) as daemon:
        lives.append(daemon)
        change = at.fail()
        eventually("the end, or all that there is to do", lambda: daemon.over or at.comments(change))
        assert daemon.stop() is FINE
    with running(settings):
        at.await_comment(change)
        eventually("the comment is proved", lambda: at.stages(f"state-{failpoint.name}")[change] == ["sent"])
    return len(at.comments(change))


@pytest.mark.parametrize("closed", ["private", "not listed"])
def test_f46_what_not_everybody_may_see_is_told_on_the_change_alone(closed: str) -> None:
    public = ["*"] if closed == "private" else ["open/*"]
    port = free_port()
    with site() as at, SandboxIrc() as irc:
        with running(at.settings(irc=irc_part(irc.port), web={"port": port}, public_projects=public)):
            irc.wait_for_join("erbot", CHANNEL, PATIENCE)
            secret = at.fail("closed/vault", "Hide the vault", private=closed == "private")
            comment = at.await_comment(secret)
            shown = at.fail("open/widgets", "Keep the widget")
            at.await_comment(shown)
            irc.wait_for_notice(CHANNEL, 20, lambda said: "open/widgets" in said.text)
            case = comment.rpartition(" ")[2]
            pages = [page(port, path) for path in ("/", "/healthz", "/readyz", "/metrics", f"/case/{case}")]
        told = "".join([*pages, *(said.text for said in irc.said(CHANNEL))])
    assert comment.splitlines()[2] == "Known bug: the image registry refused the pull (rate limit)"
    assert "open/widgets" in told
    assert [word for word in ("vault", f"{secret},1", f"+/{secret}", case) if word in told] == []


def page(port: int, path: str) -> str:
    """What a visitor gets, whatever the status is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with closing(connection):
        connection.request("GET", path)
        return connection.getresponse().read().decode()
