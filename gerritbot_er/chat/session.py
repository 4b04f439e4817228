"""One conversation with an IRC server: login, nick, channels, signs of life. Pure: events and time in, lines out.

Facts (irc 20.5.0, inspircd 3.15, ngircd 26.1): a nick in use gives one event and nothing more; inspircd answers 432 for
a nick that services hold back; nothing notices a server that has gone silent but a PING of one's own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from irc.client import Event
from irc.strings import lower

from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.secret import Secret

from .login import Login, Step
from .pace import Pace

_NICK_REFUSED = frozenset({"nicknameinuse", "nickcollision", "erroneusnickname", "unavailresource"})
_LEAST_WORDS = {"welcome": 1, "nick": 1, "join": 1, "part": 1, "kick": 2, **dict.fromkeys(_NICK_REFUSED, 1)}
"""What is needed of an event; one with less is none."""
_NICK_TRIES = 9
_SHORTEST_NICKLEN = 9
_JOIN_ANSWER = 2
_ERRORS = range(400, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things may take, and how often they are tried again; in seconds."""

    connect: float = 10.0
    step: float = 30.0  # each step of the login
    join: float = 30.0
    rejoin: float = 60.0  # the first time
    dead_channel: float = 3600.0  # every further time
    quiet: float = 60.0  # then PING
    pong: float = 30.0  # then the connection is dead
    regain: float = 60.0
    reconnect: float = 5.0  # doubled each time
    reconnect_most: float = 300.0
    refused: float = 600.0  # after the server refused account or password
    good: float = 120.0  # a connection that lasted so long counts as good
    notice: float = 1800.0  # an older notice is no news
    tick: float = 0.2


@dataclass(slots=True)
class Membership:
    """A channel that we want to be in, and how that goes."""

    name: str
    joined: bool = False
    why: str | None = None  # why we are not in it
    failures: int = 0
    next_try: float | None = 0.0  # None: a JOIN is under way or done
    answer_by: float = 0.0
    since: float = 0.0

    def entered(self, now: float) -> None:
        """The server let us in."""
        self.joined, self.why, self.next_try, self.since = True, None, None, now

    def left(self, why: str, now: float, timing: Timing) -> None:
        """Kicked, refused or not answered: tried again after a minute, from then on hourly."""
        if self.joined and now - self.since >= timing.dead_channel:
            self.failures = 0
        self.failures += 1
        self.joined, self.why = False, why
        self.next_try = now + (timing.rejoin if self.failures == 1 else timing.dead_channel)


def alternative(nick: str, attempt: int) -> str:
    """Another nick (attempts from 1), no longer than the wanted one, or than every server allows."""
    suffix = "_" * attempt if attempt <= 2 else str(attempt)  # noqa: PLR2004 - "_", "__", then numbers
    return nick[: max(len(nick), _SHORTEST_NICKLEN) - len(suffix)] + suffix


@dataclass(slots=True)
class Session:
    """The conversation on one connection; ``send`` takes a line without its end.

    ``heard`` and ``tick`` raise ``Transient`` where the connection must be given up, ``Misconfigured`` where the
    server refuses us.  Times are monotonic seconds.
    """

    wanted_nick: str
    memberships: Sequence[Membership]  # outlives the connection, so that a dead channel stays an hourly one
    login: Login | None
    send: Callable[[str], None]
    pace: Pace
    now: float
    timing: Timing = field(default_factory=Timing)
    registered: bool = False
    nick: str = ""
    _nick_tries: int = 0
    _heard_at: float = 0.0
    _pinged: bool = False
    _step_since: float = 0.0
    _regain_at: float = 0.0

    def open(self) -> None:
        """What is sent before NICK and USER: with a capability asked for, the server waits with the registration."""
        self.nick = self.wanted_nick
        self._heard_at = self._step_since = self.now
        if self.login:
            self.send("CAP REQ :sasl")

    def joined(self, channel: str) -> bool:
        """Whether something can be said there now."""
        return self.registered and any(m.joined for m in self.memberships if lower(m.name) == lower(channel))

    def heard(self, event: Event, now: float) -> None:
        """Take in an event of the irc package."""
        self.now = self._heard_at = now
        self._pinged = False
        kind = str(event.type)
        words = tuple(str(word) for word in ([event.target] if event.target else []) + list(event.arguments))
        if len(words) < _LEAST_WORDS.get(kind, 0):
            return
        if kind == "error":
            raise Transient(f"the IRC server closed the connection: {clean_line(' '.join(words), 200)}")
        if self.login and self.login.step is not Step.DONE:
            self._log_in(self.login, kind, words)
        if kind == "welcome":
            self._welcome(words)
        elif kind in _NICK_REFUSED and not self.registered:
            self._other_nick(words)
        elif kind == "nick":
            self._nick_changed(_nick_of(event), words)
        elif kind in ("join", "kick", "part"):
            self._moved(kind, _nick_of(event), words)
        elif kind == "quit" and lower(_nick_of(event)) == lower(self.wanted_nick):
            self._regain_at = now
        elif _is_error(event) and len(words) >= _JOIN_ANSWER:
            self._refused(kind, words)

    def _log_in(self, login: Login, kind: str, words: tuple[str, ...]) -> None:
        if kind == "welcome":
            raise Transient("the IRC server let us in without SASL: we do not stay without our account")
        self.login, answers = login.seen(kind, words)
        if self.login.step is not login.step:
            self._step_since = self.now
        for answer in answers:
            self.send(answer.reveal())

    def _welcome(self, words: tuple[str, ...]) -> None:
        self.registered = True
        self.nick = words[0]
        self._regain_at = self.now
        for membership in self.memberships:
            membership.joined = False
            if membership.next_try is None:
                membership.next_try = self.now

    def _other_nick(self, words: tuple[str, ...]) -> None:
        self._nick_tries += 1
        if self._nick_tries > _NICK_TRIES:
            raise Misconfigured(
                f"the IRC server gives us no nick like {self.wanted_nick!r} ({clean_line(words[-1], 100)}): "
                "choose another irc.nick"
            )
        self.send(f"NICK {alternative(self.wanted_nick, self._nick_tries)}")

    def _nick_changed(self, who: str, words: tuple[str, ...]) -> None:
        if lower(who) == lower(self.nick):
            self.nick = words[0]
        elif lower(who) == lower(self.wanted_nick):
            self._regain_at = self.now

    def _moved(self, kind: str, who: str, words: tuple[str, ...]) -> None:
        membership = self._membership(words[0])
        if membership is None:
            return
        if kind == "join" and lower(who) == lower(self.nick):
            membership.entered(self.now)
        elif kind == "kick" and lower(words[1]) == lower(self.nick):
            membership.left(f"kicked: {clean_line(words[-1], 100)}", self.now, self.timing)
        elif kind == "part" and lower(who) == lower(self.nick):
            membership.left("made to leave", self.now, self.timing)

    def _refused(self, kind: str, words: tuple[str, ...]) -> None:
        membership = self._membership(words[1])
        if membership is None:
            return
        why = f"{clean_line(words[-1], 100)} ({kind})"
        if membership.joined:
            membership.why = f"what we say there is refused: {why}"
        elif membership.next_try is None:
            membership.left(why, self.now, self.timing)

    def _membership(self, channel: str) -> Membership | None:
        return next((m for m in self.memberships if lower(m.name) == lower(channel)), None)

    def tick(self, now: float) -> None:
        """Do what is due: time limits, signs of life, joins, the nick."""
        self.now = now
        if not self.registered:
            self._limit_step()
            return
        if not self._pinged and now - self._heard_at >= self.timing.quiet:
            self._pinged = True
            self.send("PING :alive")
        if now - self._heard_at >= self.timing.quiet + self.timing.pong:
            raise Transient(f"the IRC server was silent for {now - self._heard_at:.0f} s")
        for membership in self.memberships:
            self._join(membership)
        if lower(self.nick) != lower(self.wanted_nick) and now >= self._regain_at and self.pace.take(now):
            self._regain_at = now + self.timing.regain
            self.send(f"NICK {self.wanted_nick}")
            if self.login:  # the account that owns the nick may take it from a ghost
                self.send(f"PRIVMSG NickServ :REGAIN {self.wanted_nick}")

    def _limit_step(self) -> None:
        if self.now - self._step_since < self.timing.step:
            return
        awaited = "the server's welcome"
        if self.login and self.login.step is not Step.DONE:
            awaited = self.login.step.value
        raise Transient(f"the IRC login stands still: waited {self.timing.step:.0f} s for {awaited}")

    def _join(self, membership: Membership) -> None:
        if membership.next_try is None:
            if not membership.joined and self.now >= membership.answer_by:
                membership.left("the server did not answer the JOIN", self.now, self.timing)
        elif self.now >= membership.next_try and self.pace.take(self.now):
            membership.next_try = None
            membership.answer_by = self.now + self.timing.join
            self.send(f"JOIN {membership.name}")


def _nick_of(event: Event) -> str:
    return str(getattr(event.source, "nick", None) or "")


def _is_error(event: Event) -> bool:
    code = getattr(event.type, "code", "")
    return code.isdigit() and int(code) in _ERRORS


def password_login(username: str | None, password: Secret | None) -> Login | None:
    """The login that the settings ask for; ``Misconfigured`` where its password is missing."""
    if username is None:
        return None
    if password is None:
        raise Misconfigured("irc.sasl_username needs irc.sasl_password_file or irc.sasl_password_env")
    return Login(username, password)
