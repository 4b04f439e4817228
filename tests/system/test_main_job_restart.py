"""A daemon that is ended or killed at any point, also by a slow Gerrit's side, leaves exactly one comment."""

import signal
from collections.abc import Callable, Iterator

import pytest

from gerritbot_er.sandbox.ci import SandboxCI

from .failures import fails
from .servers.gerrit import Change, GerritServer
from .servers.tcp_proxy import TcpProxy, tcp_proxy
from .site import Site, eventually, local_store, site, zuul

HELD_FROM_POSTING = [("gerrit", "pending")]
IN_GERRITS_HANDS = [("gerrit", "sending")]
PROVED = [("gerrit", "sent")]
LATE = 1.0
"""Seconds by which a slow Gerrit's answers come late: the time a test has to see that they are still awaited."""


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI() as server:
        yield server


@pytest.fixture
def proxy(gerrit: GerritServer) -> Iterator[TcpProxy]:
    with tcp_proxy(gerrit.ssh_port) as made:
        yield made


@pytest.fixture
def made(gerrit: GerritServer, ci: SandboxCI, proxy: TcpProxy) -> Iterator[Site]:
    own = zuul(web=ci.url, tenant=ci.tenant)
    with site(gerrit, store=local_store(), ci=own, ssh_port=proxy.port) as running:
        running.start()
        yield running


@pytest.fixture(params=[signal.SIGTERM, signal.SIGKILL], ids=["term", "kill"])
def end(request: pytest.FixtureRequest) -> Callable[[Site], None]:
    """How the daemon ends."""

    def ended(running: Site) -> None:
        running.process.send(request.param)
        running.await_end()

    return ended


def test_f44_ended_while_it_waits_for_logs(
    gerrit: GerritServer, ci: SandboxCI, made: Site, end: Callable[[Site], None]
) -> None:
    change = gerrit.push_change(made.project)
    build = fails(gerrit, ci, change, known=False)
    eventually("the CI is asked for the build", lambda: ci.requests("/api/*"))

    end(made)

    assert made.rows("SELECT stage, outcome FROM cases WHERE change = ?", change.number) == [("open", None)]
    build.known = True
    made.start()
    assert_one_comment(made, change)


def test_f21_ended_between_deciding_and_posting(
    gerrit: GerritServer, ci: SandboxCI, made: Site, end: Callable[[Site], None]
) -> None:
    change = gerrit.push_change(made.project)
    decided_and_held(made, gerrit, ci, change)

    end(made)

    assert made.outbox(change) == HELD_FROM_POSTING
    assert made.comments(change) == []
    made.run("resume")
    made.start()
    assert_one_comment(made, change)


def test_f44_ended_in_order_while_nothing_passes_to_gerrit(
    gerrit: GerritServer, ci: SandboxCI, made: Site, proxy: TcpProxy
) -> None:
    change = gerrit.push_change(made.project)
    decided_and_held(made, gerrit, ci, change)
    proxy.stall()
    made.run("resume")
    eventually("the comment is on its way", lambda: made.outbox(change) == IN_GERRITS_HANDS)

    assert made.stop() == 0

    assert made.outbox(change) == IN_GERRITS_HANDS
    assert made.comments(change) == []
    proxy.flow()
    made.start()
    assert_one_comment(made, change)


def test_f44_ended_in_order_while_gerrit_answers_late(
    gerrit: GerritServer, ci: SandboxCI, made: Site, proxy: TcpProxy
) -> None:
    change = gerrit.push_change(made.project)
    decided_and_held(made, gerrit, ci, change)
    proxy.answer_late(LATE)
    made.run("resume")
    eventually("the comment is on its way", lambda: made.outbox(change) == IN_GERRITS_HANDS)

    assert made.stop() == 0

    assert len(made.comments(change)) == 1  # what was under way was finished
    proxy.answer_late(0.0)
    made.start()
    assert_one_comment(made, change)


def test_f21_killed_when_gerrit_has_the_comment_and_its_answer_is_late(
    gerrit: GerritServer, ci: SandboxCI, made: Site, proxy: TcpProxy
) -> None:
    change = gerrit.push_change(made.project)
    decided_and_held(made, gerrit, ci, change)
    proxy.answer_late(LATE)
    made.run("resume")
    eventually("the comment stands", lambda: made.comments(change))

    made.kill()

    assert made.outbox(change) == IN_GERRITS_HANDS
    proxy.answer_late(0.0)
    made.start()
    assert_one_comment(made, change)


def test_f21_killed_while_gerrit_is_frozen(gerrit: GerritServer, ci: SandboxCI, made: Site) -> None:
    change = gerrit.push_change(made.project)
    decided_and_held(made, gerrit, ci, change)
    gerrit.pause()
    try:
        made.run("resume")
        eventually("the comment is on its way", lambda: made.outbox(change) == IN_GERRITS_HANDS)
        made.kill()
    finally:
        gerrit.resume()

    made.start()
    assert_one_comment(made, change)


def test_f21_ended_after_the_comment_was_proved(
    gerrit: GerritServer, ci: SandboxCI, made: Site, end: Callable[[Site], None]
) -> None:
    change = gerrit.push_change(made.project)
    fails(gerrit, ci, change)
    eventually("the comment is proved", lambda: made.outbox(change) == PROVED)

    end(made)

    made.start()
    assert_one_comment(made, change)


def decided_and_held(made: Site, gerrit: GerritServer, ci: SandboxCI, change: Change) -> None:
    """The change has failed and its comment is decided; the pause keeps it from being posted."""
    made.run("pause")
    fails(gerrit, ci, change)
    eventually("the comment is decided", lambda: made.outbox(change) == HELD_FROM_POSTING)


def assert_one_comment(made: Site, change: Change) -> None:
    """The comment stands once, also after everything missed was read again and the daemon was ended in order."""
    made.await_done(change)
    assert made.stop() == 0
    assert made.outbox(change) == PROVED
    [comment] = made.comments(change)
    assert comment.text.endswith(f"\ngerritbot-er case {made.case_id(change)}")
