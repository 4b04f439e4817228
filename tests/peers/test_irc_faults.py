"""Faults F30 to F37 against an IRC server in this process that misbehaves as it is told."""

import base64
import logging
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from gerritbot_er.errors import Permanent
from gerritbot_er.model import Notice
from gerritbot_er.sandbox.irc import SandboxIrc

from .certificates import certificate
from .irc_peer import Answer, irc_peer, polite
from .irc_running import running
from .tls_listener import tls_listener

UNREADABLE = (
    *(b":x!y@z PRIVMSG #qa :gr\xfc\xdfe \xff\xfe", b" ", b":", b"PRIVMSG", b"QUIT", b"NICK", b":a!b@c NICK", b"PING"),
    *(
        b":x JOIN",
        b":x KICK #qa",
        b"@ :a",
        b"001",
        b"433",
        b"x" * 40000,
        b"005 erbot =x PREFIX=( :are",
        b"CAP",
        b"PART",
    ),
    *(b"474", b"474 erbot", b"AUTHENTICATE", b"904", b"PONG"),
)


def instead(start: str, *answers: bytes) -> Answer:
    """The polite server, with other answers to lines that begin so."""
    return lambda line, before: list(answers) if line.startswith(start) else polite(line, before)


def deaf(line: str, before: Sequence[str]) -> list[bytes]:
    """A server of old: it knows no CAP and lets everybody in."""
    return [b":irc.test 421 * CAP :Unknown command"] if line.startswith("CAP") else polite(line, before[:0])


def test_a_notice_arrives_once_joined() -> None:
    with irc_peer() as peer, running(peer.port) as run:
        run.say("[openstack/nova] known bug 123 broke change 7")
        peer.wait(lambda: bool(peer.said()))
        assert peer.lines[:4] == ["NICK erbot", "USER gerritbot 0 * :gerritbot-er: known bugs in failed CI runs",
                                  "JOIN #qa", "NOTICE #qa :[openstack/nova] known bug 123 broke change 7"]  # fmt: skip
        state = run.wait("joined")
        assert (state.connected, state.nick, state.joined, state.absent, state.why) == (
            True,
            "erbot",
            ("#qa",),
            (),
            None,
        )


def test_f30_no_line_but_ours_leaves() -> None:
    with irc_peer() as peer, running(peer.port) as run:
        run.wait("joined")
        run.say("a\rQUIT :b\nKILL x\0c")
        peer.wait(lambda: bool(peer.said()))
        assert peer.said() == ["NOTICE #qa :a QUIT :b KILL xc"]
        for target in ("#qa\rQUIT", "#qa,#other", "#other", "erbot"):
            with pytest.raises(Permanent):
                run.notices.say(Notice(target, "x"))


@pytest.mark.parametrize("accounts", [{}, {"erbot": "secretpass"}], ids=["open", "sasl"])
def test_f31_a_nick_in_use_is_replaced_and_regained(accounts: dict[str, str]) -> None:
    with SandboxIrc(accounts=accounts) as server:
        server.reserve("erbot")
        with running(server.port, account=next(iter(accounts), None)) as run:
            assert run.wait("joined").nick == "erbot_"
            run.say("under another name")
            assert server.wait_for_notice("#qa", 20).nick == "erbot_"
            server.release("erbot")
            server.wait_for_join("erbot", "#qa", 20)
            run.say("under our own")
            assert server.wait_for_notice("#qa", 5, lambda said: said.text == "under our own").nick == "erbot"


def test_f32_a_server_that_goes_silent_is_left_for_a_new_connection() -> None:
    with irc_peer(instead("PING")) as peer, running(peer.port) as run:
        run.wait("joined")
        peer.wait(lambda: peer.connections == 2)
        assert "PING :alive" in peer.lines


def test_f33_kicked_and_back() -> None:
    with irc_peer() as peer, running(peer.port) as run:
        run.wait("joined")
        peer.push(b":op!o@h KICK #qa erbot :noise")
        run.wait("kicked: noise")
        run.say("later")
        peer.wait(lambda: peer.lines.count("JOIN #qa") == 2)
        peer.wait(lambda: peer.said() == ["NOTICE #qa :later"])


def test_f34_of_more_than_a_hundred_the_oldest_are_dropped_and_counted() -> None:
    with (
        irc_peer(instead("JOIN", b":irc.test 474 erbot #qa :Cannot join channel (+b)")) as peer,
        running(peer.port) as run,
    ):
        run.wait("Cannot join channel (+b) (bannedfromchan)")
        run.say(*(f"notice {number}" for number in range(103)))
        peer.answer = polite
        peer.wait(lambda: len(peer.said()) == 2)
        assert peer.said() == ["NOTICE #qa :notice 3", "NOTICE #qa :notice 4"]
        assert run.wait("joined").dropped == 3


def test_f34_a_flood_of_notices_goes_out_slowly() -> None:
    arrived: list[float] = []

    def timed(line: str, before: Sequence[str]) -> list[bytes]:
        arrived.extend([time.monotonic()] if line.startswith(("JOIN", "NOTICE")) else [])
        return polite(line, before)

    with irc_peer(timed) as peer, running(peer.port) as run:
        run.wait("joined")
        run.say(*(f"notice {number}" for number in range(60)))
        peer.wait(lambda: len(arrived) >= 5)
        assert arrived[4] - arrived[0] >= 1.5, "a burst of four, then one every two seconds"
        assert peer.said() == [f"NOTICE #qa :notice {number}" for number in range(4)]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (instead("CAP", b":irc.test CAP * NAK :sasl"), "offers no SASL now"),
        (deaf, "let us in without SASL"),
        (instead("AUTHENTICATE", b":irc.test 904 erbot :SASL authentication failed"), "904 SASL authentication failed"),
        (instead("AUTHENTICATE", b":irc.test 902 erbot :You must use a nick assigned to you"), "902 You must"),
        (instead("AUTHENTICATE", b":irc.test 905 erbot :SASL message too long"), "905 SASL"),
        (instead("AUTHENTICATE", b":irc.test 908 erbot EXTERNAL :are available"), "not know SASL PLAIN"),
    ],
)  # fmt: skip
def test_f35_never_on_without_the_account(answer: Answer, why: str) -> None:
    with irc_peer(answer) as peer, running(peer.port, account="erbot") as run:
        run.say("not without our account")
        run.wait(why)
        peer.wait(lambda: peer.connections >= 2)
        assert not any(line.startswith(("JOIN", "NOTICE")) for line in peer.lines)


def test_f35_services_that_do_not_answer_are_not_waited_for_without_end() -> None:
    with irc_peer(instead("AUTHENTICATE")) as peer, running(peer.port, account="erbot") as run:
        run.wait("waited 0 s for the server to accept SASL PLAIN")
        peer.wait(lambda: peer.connections >= 2)


def test_f35_a_trailing_blank_after_sasl_does_not_hang() -> None:
    with (
        irc_peer(instead("CAP REQ", b":irc.test CAP * ACK :sasl ")) as peer,
        running(peer.port, account="erbot") as run,
    ):
        run.wait("joined")
        assert "AUTHENTICATE " + base64.b64encode(b"\0erbot\0secretpass").decode() in peer.lines


def test_f35_a_certificate_that_nobody_vouches_for_is_not_accepted(tmp_path: Path) -> None:
    """Neither one of an unknown authority nor one of another host; the password is not sent."""
    for folder, host, ca in (("unknown", "localhost", None), ("other", "irc.example.org", "certificate.pem")):
        made = certificate(tmp_path / folder, host)
        with tls_listener(made) as peer:
            ca_file = None if ca is None else tmp_path / folder / ca
            with running(peer.port, host="localhost", tls=True, ca_file=ca_file, account="erbot") as run:
                state = run.wait("is not to be trusted")
                assert state.refused
                assert state.next_try is not None
            assert peer.heard == []


def test_f36_bytes_and_lines_of_others_do_not_end_the_loop() -> None:
    with irc_peer() as peer, running(peer.port) as run:
        run.wait("joined")
        peer.push(*UNREADABLE)
        run.say("still here")
        peer.wait(lambda: peer.said() == ["NOTICE #qa :still here"])
        assert peer.connections == 1


def test_f37_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with running(port) as run:
        run.say("lost")
        state = run.wait("no connection to the IRC server")
        assert (state.connected, state.queued) == (False, 1)
        assert state.next_try is not None


def test_f39_the_log_does_not_show_the_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = base64.b64encode(b"\0erbot\0secretpass").decode()

    logging.getLogger("irc.client").setLevel(logging.DEBUG)
    try:
        with irc_peer() as peer, running(peer.port, account="erbot") as run:
            run.wait("joined")
            assert f"AUTHENTICATE {secret}" in peer.lines
    finally:
        logging.getLogger("irc.client").setLevel(logging.INFO)
    assert "NICK erbot" in caplog.text
    assert "secretpass" not in caplog.text
    assert secret not in caplog.text
