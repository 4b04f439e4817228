"""The sandbox IRC server through raw sockets."""

import base64
import socket
import threading
from collections.abc import Iterator
from typing import Self

import pytest

from gerritbot_er.sandbox.irc import Said, SandboxIrc

WAIT = 10.0


class Client:
    """A raw IRC client."""

    def __init__(self, irc: SandboxIrc) -> None:
        self.sock = socket.create_connection((irc.host, irc.port), WAIT)
        self._data = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def send(self, *lines: str) -> None:
        self.sock.sendall("".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape"))

    def line(self) -> bytes:
        while b"\r\n" not in self._data:
            part = self.sock.recv(4096)
            if not part:
                return b""
            self._data += part
        line, _, self._data = self._data.partition(b"\r\n")
        return line

    def until(self, word: str) -> str:
        """The next line with this word in it."""
        while line := self.line():
            if word.encode() in line:
                return line.decode("utf-8", "replace")
        pytest.fail(f"the connection ended before {word!r}")

    def register(self, nick: str, *channels: str) -> "Client":
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        self.until(" 422 ")
        for channel in channels:
            self.send(f"JOIN {channel}")
            self.until(" 366 ")
        return self


@pytest.fixture
def irc() -> Iterator[SandboxIrc]:
    with SandboxIrc(accounts={"bot": "pässword"}) as running:
        yield running


def test_two_clients_meet_in_a_channel(irc: SandboxIrc) -> None:
    with Client(irc) as one, Client(irc) as two:
        one.register("one", "#ci")
        two.register("two", "#ci")
        assert one.until("JOIN") == ":two!two@sandbox JOIN #ci"
        two.send("NOTICE #ci :change 1 failed: \x02known\x02 bug", "PRIVMSG one :hello", "PING :x")
        assert one.line() == b":two!two@sandbox NOTICE #ci :change 1 failed: \x02known\x02 bug"
        assert one.line() == b":two!two@sandbox PRIVMSG one :hello"
        assert two.until("PONG") == ":irc.sandbox PONG irc.sandbox :x"
        assert irc.members("#CI") == ["one", "two"]
        assert irc.said("#ci") == [Said("two", "NOTICE", "#ci", "change 1 failed: \x02known\x02 bug")]
        assert irc.wait_for_notice("#ci", WAIT).text == "change 1 failed: \x02known\x02 bug"
        two.send("PART #ci", "QUIT :done")
        assert one.line() == b":two!two@sandbox PART #ci"
        assert two.until("ERROR") == "ERROR :Closing link: (two!two@sandbox) [done]"
        with pytest.raises(TimeoutError, match=r"no such notice to #ci within 0.01 s; there was said:\n<two> NOTICE"):
            irc.wait_for_notice("#ci", 0.01, lambda said: said.nick == "nobody")


def test_a_nick_in_use_and_its_release(irc: SandboxIrc) -> None:
    irc.reserve("Bot")
    with Client(irc) as client:
        client.send("NICK bot", "USER bot 0 * :bot")
        assert client.line() == b":irc.sandbox 433 * bot :Nickname is already in use."
        client.send("NICK bot_")
        client.until(" 422 ")
        irc.release("bot")
        client.send("JOIN #ci", "NICK bot", "NICK 9bad")
        assert client.until("NICK") == ":bot_!bot@sandbox NICK :bot"
        assert client.line() == b":irc.sandbox 432 bot 9bad :Erroneous Nickname"
        assert irc.members("#ci") == ["bot"]


def test_sasl_plain(irc: SandboxIrc) -> None:
    with Client(irc) as client:
        client.send("CAP LS 302", "NICK bot", "USER bot 0 * :bot", "CAP REQ :sasl", "AUTHENTICATE PLAIN")
        assert client.line() == b":irc.sandbox CAP * LS :sasl"
        assert client.line() == b":irc.sandbox CAP bot ACK :sasl"
        assert client.line() == b"AUTHENTICATE +"
        client.send("AUTHENTICATE " + base64.b64encode(b"\0bot\0wrong").decode())
        assert client.line() == b":irc.sandbox 904 bot :SASL authentication failed"
        client.send("AUTHENTICATE PLAIN")
        client.send("AUTHENTICATE " + base64.b64encode("\0bot\0pässword".encode()).decode(), "CAP END")
        assert client.until(" 900 ") == ":irc.sandbox 900 bot bot!bot@sandbox bot :You are now logged in as bot"
        assert client.line() == b":irc.sandbox 903 bot :SASL authentication successful"
        client.until(" 422 ")


def test_a_server_without_accounts_has_no_sasl() -> None:
    with SandboxIrc() as irc, Client(irc) as client:
        client.send("CAP LS", "CAP REQ :sasl", "AUTHENTICATE PLAIN")
        assert client.line() == b":irc.sandbox CAP * LS :"
        assert client.line() == b":irc.sandbox CAP * NAK :sasl"
        assert client.line() == b":irc.sandbox 421 * AUTHENTICATE :Unknown command"


def test_lines_are_cut_and_carriage_returns_end_them(irc: SandboxIrc) -> None:
    with Client(irc) as one, Client(irc) as two:
        one.register("one", "#ci")
        two.register("two", "#ci")
        one.until("JOIN")
        two.send("NOTICE #ci :" + "x" * 495)
        assert len(one.line()) == 510
        assert len(irc.wait_for_notice("#ci", WAIT).text) == 510 - len(":two!two@sandbox NOTICE #ci :")
        two.send("NOTICE #ci :a\rQUIT :injected")
        assert one.line() == b":two!two@sandbox NOTICE #ci :a"
        assert one.line() == b":two!two@sandbox QUIT :injected"


def test_kick_ban_and_not_in_the_channel(irc: SandboxIrc) -> None:
    with Client(irc) as client:
        client.register("bot", "#ci")
        irc.ban("#ci", "bot")
        irc.kick("#ci", "bot", "enough")
        assert client.line() == b":irc.sandbox KICK #ci bot :enough"
        client.send("JOIN #ci", "PRIVMSG #ci :x", "NOTICE #ci :x", "PRIVMSG nobody :x", "JOIN ci", "BOGUS")
        assert client.line() == b":irc.sandbox 474 bot #ci :Cannot join channel (+b)"
        assert client.line() == b":irc.sandbox 404 bot #ci :Cannot send to channel (+n)"
        assert client.line() == b":irc.sandbox 401 bot nobody :No such nick/channel"
        assert client.line() == b":irc.sandbox 403 bot ci :No such channel"
        assert client.line() == b":irc.sandbox 421 bot BOGUS :Unknown command"
        assert irc.said("#ci") == []


def test_bytes_of_others_raw_bytes_and_silence(irc: SandboxIrc) -> None:
    with Client(irc) as client:
        client.register("bot", "#ci")
        irc.say("eve", "#ci", b"caf\xe9")
        assert client.line() == b":eve!eve@sandbox PRIVMSG #ci :caf\xe9"
        irc.send_raw(b":irc.sandbox 902 bot :locked\r\n")
        assert client.line() == b":irc.sandbox 902 bot :locked"
        client.send("PRIVMSG #ci :\udce9")
        client.send("PING :there?")
        client.until("PONG")
        assert irc.said("#ci")[0].text == "\ufffd"
        irc.go_silent()
        client.send("PING :there?")
        client.sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.line()
        client.sock.settimeout(WAIT)
        irc.go_silent(silent=False)
        assert client.until("PONG").endswith(":there?")


def test_connections_are_dropped_and_everything_ends() -> None:
    before = set(threading.enumerate())
    with SandboxIrc() as irc, Client(irc) as client:
        client.register("bot", "#ci")
        irc.wait_for_join("bot", "#ci", WAIT)
        assert irc.drop_connections() == 1
        assert client.line() == b""
        assert irc.members("#ci") == []
        with Client(irc) as again:
            again.register("bot")
            again.send("x" * 20_000)
    assert set(threading.enumerate()) - before == set()
