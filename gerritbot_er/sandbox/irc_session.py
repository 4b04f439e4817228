"""What the sandbox IRC server answers to one client: registration, SASL, channels, messages; no sockets here."""

import base64
import binascii
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, field

NAME = "irc.sandbox"
LINE_LIMIT = 512
"""Bytes of a line with the server's prefix and its CRLF; the rest is cut without a word, as real servers do."""

_NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{0,29}")
_CHANNEL = re.compile(r"[#&][^\x00-\x20,:\x7f]{1,49}")


@dataclass(slots=True)
class Host:
    """What all clients share. ``record`` is called with nick, command, target and raw text of every message."""

    accounts: dict[str, str]
    now: Callable[[], float]
    record: Callable[[str, str, str, bytes], None]
    banned: set[tuple[str, str]] = field(default_factory=set)
    reserved: set[str] = field(default_factory=set)
    nicks: dict[str, "Session"] = field(default_factory=dict)
    channels: dict[str, dict[str, "Session"]] = field(default_factory=dict)

    def members(self, channel: str) -> list["Session"]:
        """The clients in a channel."""
        return list(self.channels.get(channel.lower(), {}).values())

    def leave(self, nick: str, channel: str) -> None:
        """Take a nick out of a channel without telling anybody."""
        self.channels.get(channel.lower(), {}).pop(nick.lower(), None)


class Session:
    """One client. Bytes in by ``receive``, bytes out in ``outgoing``; ``ended`` is the reason once it is over."""

    def __init__(self, host: Host) -> None:
        self.outgoing = bytearray()
        self.ended = ""
        self.nick = ""
        self.account = ""
        self._host = host
        self._user = ""
        self._incoming = b""
        self._negotiating = False
        self._authenticating = False
        self._registered = False
        self._always: dict[str, Callable[[list[str]], None]] = {
            "CAP": self._cap,
            "AUTHENTICATE": self._authenticate,
            "NICK": self._set_nick,
            "USER": self._set_user,
            "PING": self._ping,
            "PONG": lambda _: None,
            "QUIT": self._leave_server,
        }
        self._when_registered: dict[str, Callable[[list[str]], None]] = {
            "JOIN": self._join,
            "PART": self._part,
            "PRIVMSG": functools.partial(self._message, "PRIVMSG"),
            "NOTICE": functools.partial(self._message, "NOTICE"),
        }

    def receive(self, data: bytes) -> None:
        """Take what came over the wire; a carriage return alone ends a line, too (as ngircd has it)."""
        *lines, self._incoming = re.split(rb"[\r\n]", self._incoming + data)
        for line in lines:
            if line and not self.ended:
                self._line(line[: LINE_LIMIT - 2])
        if len(self._incoming) > 16 * LINE_LIMIT:
            self.ended = "RecvQ exceeded"

    def send(self, line: str) -> None:
        """One line to this client, cut to what IRC allows."""
        self.send_bytes(line.encode("utf-8", "surrogateescape"))

    def send_bytes(self, line: bytes) -> None:
        """One line of any bytes to this client, cut to what IRC allows."""
        self.outgoing += line[: LINE_LIMIT - 2] + b"\r\n"

    def quit(self, reason: str) -> None:
        """The client is gone: out of all channels, its nick free."""
        for channel in list(self._host.channels):
            if self._host.channels[channel].get(self.nick.lower()) is self:
                self._host.leave(self.nick, channel)
                for member in self._host.members(channel):
                    member.send(f":{self._mask} QUIT :{reason}")
        if self._host.nicks.get(self.nick.lower()) is self:
            del self._host.nicks[self.nick.lower()]

    @property
    def _mask(self) -> str:
        return f"{self.nick}!{self._user or 'user'}@sandbox"

    def _line(self, raw: bytes) -> None:
        line = raw.decode("utf-8", "surrogateescape")
        head, colon, trailing = line.partition(" :")
        words = [*head.split(), *([trailing] if colon else [])]
        if words and words[0].startswith(":"):
            words = words[1:]
        if not words:
            return
        command, arguments = words[0].upper(), words[1:]
        if command in self._always:
            self._always[command](arguments)
        elif not self._registered:
            self._numeric(451, ":You have not registered")
        elif command in self._when_registered:
            self._when_registered[command](arguments)
        else:
            self._numeric(421, f"{command} :Unknown command")

    def _numeric(self, number: int, text: str) -> None:
        self.send(f":{NAME} {number:03d} {self.nick or '*'} {text}")

    def _cap(self, arguments: list[str]) -> None:
        offered = {"sasl"} if self._host.accounts else set()
        match arguments:
            case ["LS", *_]:
                self._negotiating = True
                self.send(f":{NAME} CAP {self.nick or '*'} LS :{' '.join(offered)}")
            case ["REQ", wanted, *_]:
                self._negotiating = True
                answer = "ACK" if set(wanted.split()) <= offered else "NAK"
                self.send(f":{NAME} CAP {self.nick or '*'} {answer} :{wanted}")
            case ["END", *_]:
                self._negotiating = False
                self._register()

    def _authenticate(self, arguments: list[str]) -> None:
        if not self._host.accounts:
            self._numeric(421, "AUTHENTICATE :Unknown command")
        elif arguments == ["PLAIN"]:
            self._authenticating = True
            self.send("AUTHENTICATE +")
        elif not self._authenticating:
            self._numeric(908, "PLAIN :are available SASL mechanisms")
            self._numeric(904, ":SASL authentication failed")
        else:
            self._authenticating = False
            account = self._login(arguments[0] if arguments else "")
            if account:
                self.account = account
                self._numeric(900, f"{self._mask} {account} :You are now logged in as {account}")
                self._numeric(903, ":SASL authentication successful")
            else:
                self._numeric(904, ":SASL authentication failed")

    def _login(self, text: str) -> str:
        try:
            _, account, password = base64.b64decode(text, validate=True).decode().split("\0")
        except (binascii.Error, ValueError):
            return ""
        return account if self._host.accounts.get(account) == password else ""

    def _set_nick(self, arguments: list[str]) -> None:
        wanted = arguments[0] if arguments else ""
        holder = self._host.nicks.get(wanted.lower())
        if not _NICK.fullmatch(wanted):
            self._numeric(432, f"{wanted or '*'} :Erroneous Nickname")
        elif wanted.lower() in self._host.reserved or holder not in (None, self):
            self._numeric(433, f"{wanted} :Nickname is already in use.")
        else:
            self._rename(wanted)
            self._register()

    def _rename(self, wanted: str) -> None:
        old = self.nick
        told = {id(self): self} if self._registered else {}
        for members in self._host.channels.values():
            if members.get(old.lower()) is self:
                del members[old.lower()]
                members[wanted.lower()] = self
                told |= {id(member): member for member in members.values()}
        for member in told.values():
            member.send(f":{self._mask} NICK :{wanted}")
        if old:
            del self._host.nicks[old.lower()]
        self._host.nicks[wanted.lower()] = self
        self.nick = wanted

    def _set_user(self, arguments: list[str]) -> None:
        self._user = arguments[0] if arguments else "user"
        self._register()

    def _register(self) -> None:
        if self._registered or self._negotiating or not self.nick or not self._user:
            return
        self._registered = True
        self._numeric(1, f":Welcome to the sandbox {self._mask}")
        self._numeric(2, f":Your host is {NAME}")
        self._numeric(3, ":This server was created a moment ago")
        self._numeric(4, f"{NAME} sandbox-1 i nt")
        self._numeric(5, "CHANTYPES=#& NICKLEN=30 CHANNELLEN=50 NETWORK=sandbox :are supported by this server")
        self._numeric(422, ":MOTD File is missing")

    def _ping(self, arguments: list[str]) -> None:
        self.send(f":{NAME} PONG {NAME} :{arguments[0] if arguments else ''}")

    def _leave_server(self, arguments: list[str]) -> None:
        reason = arguments[0] if arguments else "Client Quit"
        self.send(f"ERROR :Closing link: ({self._mask}) [{reason}]")
        self.ended = reason

    def _join(self, arguments: list[str]) -> None:
        for channel in (arguments[0] if arguments else "").split(","):
            if not _CHANNEL.fullmatch(channel):
                self._numeric(403, f"{channel or '*'} :No such channel")
            elif (channel.lower(), self.nick.lower()) in self._host.banned:
                self._numeric(474, f"{channel} :Cannot join channel (+b)")
            elif self not in self._host.members(channel):
                self._host.channels.setdefault(channel.lower(), {})[self.nick.lower()] = self
                for member in self._host.members(channel):
                    member.send(f":{self._mask} JOIN {channel}")
                names = " ".join(member.nick for member in self._host.members(channel))
                self._numeric(353, f"= {channel} :{names}")
                self._numeric(366, f"{channel} :End of /NAMES list.")

    def _part(self, arguments: list[str]) -> None:
        for channel in (arguments[0] if arguments else "").split(","):
            if self not in self._host.members(channel):
                self._numeric(442, f"{channel} :You're not on that channel")
                continue
            for member in self._host.members(channel):
                member.send(f":{self._mask} PART {channel}")
            self._host.leave(self.nick, channel)

    def _message(self, kind: str, arguments: list[str]) -> None:
        if len(arguments) < 2:  # noqa: PLR2004 - a target and a text
            self._complain(kind, 412, ":No text to send")
            return
        target, text = arguments[0], arguments[1].encode("utf-8", "surrogateescape")
        if target.startswith(("#", "&")):
            if self not in self._host.members(target):
                self._complain(kind, 404, f"{target} :Cannot send to channel (+n)")
                return
            receivers = [member for member in self._host.members(target) if member is not self]
        elif found := self._host.nicks.get(target.lower()):
            receivers = [found]
        else:
            self._complain(kind, 401, f"{target} :No such nick/channel")
            return
        head = f":{self._mask} {kind} {target} :".encode("utf-8", "surrogateescape")
        for receiver in receivers:
            receiver.send_bytes(head + text)
        # Recorded as another client in the channel would get it: cut.
        self._host.record(self.nick, kind, target, text[: LINE_LIMIT - 2 - len(head)])

    def _complain(self, kind: str, number: int, text: str) -> None:
        """A NOTICE is never answered with an error (RFC 2812, 3.3.2)."""
        if kind != "NOTICE":
            self._numeric(number, text)
