"""IRC against real servers: InspIRCd with Atheme's accounts, and ngIRCd."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.chat.session import Timing
from tests.peers.irc_running import QUICK, Running, running

from .conftest import or_skip
from .servers.irc import InspIrcd, NgIrcd, irc_server
from .servers.irc_listener import IrcListener

PATIENT = replace(QUICK, step=4.0, connect=4.0, quiet=2.0, pong=3.0)


@pytest.fixture(scope="module")
def inspircd() -> Iterator[InspIrcd]:
    with or_skip(lambda: irc_server(InspIrcd)) as server:
        server.register("erbot", "secretpass")
        yield server


@pytest.fixture(scope="module")
def ngircd() -> Iterator[NgIrcd]:
    with or_skip(lambda: irc_server(NgIrcd)) as server:
        yield server


@pytest.fixture
def listener(inspircd: InspIrcd) -> Iterator[IrcListener]:
    with inspircd.listen("ears", "#qa") as ears:
        yield ears


def heard(listener: IrcListener, text: str, seconds: float = 15.0) -> bytes:
    return listener.wait(lambda line: b" NOTICE #qa :" in line and text.encode() in line, seconds)


def whois(listener: IrcListener, nick: str) -> list[bytes]:
    start = len(listener.lines)
    listener.send(f"WHOIS {nick}")
    end = f" 318 ears {nick} ".encode()
    seen = threading.Event()
    for _ in range(500):
        lines = listener.lines[start:]
        if any(end in line for line in lines):
            return lines
        seen.wait(0.02)
    raise AssertionError(f"no answer to WHOIS {nick}")


def regained(run: Running) -> bool:
    pause = threading.Event()
    return any(run.notices.state().nick == "erbot" or pause.wait(0.02) for _ in range(750))


@pytest.mark.parametrize("tls", [False, True])
def test_logged_in_and_heard_by_another_client(inspircd: InspIrcd, listener: IrcListener, *, tls: bool) -> None:
    port = inspircd.tls_port if tls else inspircd.port
    with running(port, tls=tls, ca_file=inspircd.certificate, account="erbot", timing=PATIENT) as run:
        run.wait("joined")
        run.say(f"known bug 123 broke change 7 {tls}")
        line = heard(listener, f"known bug 123 broke change 7 {tls}")
        assert line.startswith(b":erbot!")
        assert any(b" 330 ears erbot erbot " in line for line in whois(listener, "erbot"))


def test_a_long_notice_arrives_whole_to_its_mark(inspircd: InspIrcd, listener: IrcListener) -> None:
    with running(inspircd.port, timing=PATIENT) as run:
        run.wait("joined")
        run.say("é" * 600)
        assert heard(listener, "éé").endswith("é…".encode())


def test_f30_control_characters_stay_text_on_ngircd(ngircd: NgIrcd) -> None:
    with ngircd.listen("ears", "#qa") as ears, running(ngircd.port, timing=replace(PATIENT, notice=600.0)) as run:
        run.wait("joined")
        for text in ("before\rQUIT :after", "before\nQUIT :after", "before\0QUIT :after", "\x01VERSION\x01"):
            run.say(text)
        heard(ears, "VERSION")
        said = [line.split(b" :", 1)[1] for line in ears.said("#qa")]
        assert said == [b"before QUIT :after", b"before QUIT :after", b"beforeQUIT :after", b"VERSION"]
        assert run.wait("joined").connected


def test_f31_a_nick_in_use_is_replaced_and_regained(ngircd: NgIrcd) -> None:
    with ngircd.listen("erbot") as other, running(ngircd.port, timing=PATIENT) as run:
        assert run.wait("joined").nick == "erbot_"
        other.send("QUIT :bye")
        assert regained(run)


def test_f31_an_account_takes_its_nick_back_from_a_ghost(inspircd: InspIrcd) -> None:
    with inspircd.listen("erbot"), running(inspircd.port, account="erbot", timing=PATIENT) as run:
        assert run.wait("joined").nick in ("erbot", "erbot_")
        assert regained(run)


def test_f32_a_frozen_server_is_noticed(ngircd: NgIrcd) -> None:
    with running(ngircd.port, timing=PATIENT) as run:
        run.wait("joined")
        ngircd.pause()
        try:
            run.wait("the IRC server was silent for 5 s")
        finally:
            ngircd.resume()
        run.wait("joined")


def test_f32_a_restarted_server_is_joined_again(ngircd: NgIrcd) -> None:
    with running(ngircd.port, timing=PATIENT) as run:
        run.wait("joined")
        ngircd.restart()
        run.wait("joined", 20)
        with ngircd.listen("ears", "#qa") as ears:
            run.say("back again")
            heard(ears, "back again")


def test_f33_kicked_and_banned(ngircd: NgIrcd) -> None:
    with ngircd.listen("ears", "#qa") as ears, running(ngircd.port, timing=replace(PATIENT, rejoin=1.0)) as run:
        run.wait("joined")
        ears.send("KICK #qa erbot :noise")
        run.wait("kicked: noise")
        run.wait("joined")
        ears.send("MODE #qa +b erbot!*@*", "KICK #qa erbot :out")
        state = run.wait("kicked: out")
        assert state.absent == (("#qa", "kicked: out"),)
        assert state.connected


def test_f33_invite_only(ngircd: NgIrcd) -> None:
    with ngircd.listen("ears", "#qa") as ears:
        ears.send("MODE #qa +i")
        ears.wait(lambda line: b" MODE #qa +i" in line, 10)
        with running(ngircd.port, timing=PATIENT) as run:
            run.wait("(inviteonlychan)")
            ears.send("MODE #qa -i")
            run.wait("joined")


def test_f34_many_notices_do_not_cost_the_connection(inspircd: InspIrcd, listener: IrcListener) -> None:
    # A nick that services still hold is asked for each minute, as in earnest: each try is a line of the pace.
    with running(inspircd.port, timing=replace(PATIENT, regain=60.0)) as run:
        run.wait("joined")
        run.say(*(f"flood {number}" for number in range(500)))
        for number in range(400, 407):
            heard(listener, f"flood {number}", 20)
        state = run.notices.state()
        assert (state.connected, state.dropped) == (True, 400)


def test_f35_a_wrong_password_and_no_services(inspircd: InspIrcd, listener: IrcListener) -> None:
    with running(inspircd.port, account="erbot", word="wrong", timing=PATIENT) as run:
        run.say("never without our account")
        run.wait("904")
    with running(inspircd.port, account="erbot", timing=replace(PATIENT, step=1.0)) as run:
        run.wait("joined")
    assert not any(b"never without" in line for line in listener.lines)


def test_f35_no_sasl_on_ngircd(ngircd: NgIrcd) -> None:
    with running(ngircd.port, account="erbot", timing=PATIENT) as run:
        run.wait("offers no SASL now")
        assert not run.notices.state().joined


def test_f35_frozen_and_stopped_services(inspircd: InspIrcd) -> None:
    inspircd.pause_services()
    try:
        with running(inspircd.port, account="erbot", timing=replace(PATIENT, step=1.0)) as run:
            run.wait("the IRC login stands still")
    finally:
        inspircd.resume()
    with running(inspircd.port, account="erbot", timing=PATIENT) as run:
        run.wait("joined")


def test_f35_a_certificate_that_nobody_vouches_for(inspircd: InspIrcd, tmp_path: Path) -> None:
    with running(inspircd.tls_port, tls=True, timing=PATIENT) as run:
        run.wait("set irc.ca_file to the authority that signed it")
    no_authority = tmp_path / "empty.pem"
    no_authority.write_text("")
    with running(inspircd.tls_port, tls=True, ca_file=no_authority, timing=Timing(tick=0.02)) as run:
        run.wait("holds no certificates")


def test_f36_latin_1_from_others(inspircd: InspIrcd, listener: IrcListener) -> None:
    with running(inspircd.port, timing=PATIENT) as run:
        run.wait("joined")
        listener.send(b"PRIVMSG #qa :gr\xfc\xdfe \xff\xfe", b"NOTICE erbot :\xe9")
        run.say("still here")
        heard(listener, "still here")
        assert run.notices.state().connected
