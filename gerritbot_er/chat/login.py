"""Logging in to an IRC account by SASL PLAIN, one step at a time: never on without it. Pure.

Facts (the irc package 20.5.0 against inspircd 3.15, which is why its own SASL is not used): after a refusal, or where
SASL is not offered, the package goes on unauthenticated; it hangs without an event on ``ACK :sasl `` with a trailing
blank, on numeric 902, and when the services do not answer.
"""

import base64
from dataclasses import dataclass, replace
from enum import Enum

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.secret import Secret

_CHUNK = 400
"""AUTHENTICATE carries at most 400 bytes; a payload that ends on this border is followed by a lone "+"."""
_REFUSED = {"nicklocked": "902", "saslfail": "904", "sasltoolong": "905", "saslaborted": "906", "saslmechs": "908"}


class Step(Enum):
    """What is waited for."""

    CAPABILITY = "the server's answer to CAP REQ sasl"
    MECHANISM = "the server to accept SASL PLAIN"
    RESULT = "the answer of the network's services to the password"
    DONE = "nothing more"


@dataclass(frozen=True, slots=True)
class Login:
    """A login under way."""

    username: str
    password: Secret
    step: Step = Step.CAPABILITY

    def seen(self, kind: str, words: tuple[str, ...]) -> "tuple[Login, tuple[Secret, ...]]":
        """The login after an event of the server, and the lines to send (they may hold the password).

        ``kind`` is the event's name in the irc package, ``words`` its target and arguments.  ``Misconfigured`` where
        the server refuses account or password, ``Transient`` where it offers no SASL now (services may be away).
        """
        if kind in _REFUSED and self.step is not Step.DONE:
            if kind == "saslmechs":
                raise Misconfigured("the IRC server does not know SASL PLAIN (908): remove irc.sasl_username")
            raise Misconfigured(
                f"the IRC server refuses the account {self.username} ({_REFUSED[kind]} {words[-1] if words else ''}): "
                "check irc.sasl_username and its password"
            )
        if kind == "cap" and self.step is Step.CAPABILITY:
            return self._capability(words)
        if kind == "authenticate" and self.step is Step.MECHANISM and words[:1] == ("+",):
            return replace(self, step=Step.RESULT), self._answer()
        if kind in ("saslsuccess", "saslalready") and self.step is Step.RESULT:
            return replace(self, step=Step.DONE), (Secret("CAP END"),)
        return self, ()

    def _capability(self, words: tuple[str, ...]) -> "tuple[Login, tuple[Secret, ...]]":
        named = " ".join(words[2:]).split()
        if words[1:2] == ("ACK",) and "sasl" in named:
            return replace(self, step=Step.MECHANISM), (Secret("AUTHENTICATE PLAIN"),)
        if words[1:2] == ("NAK",):
            raise Transient(
                "the IRC server offers no SASL now: its services may be away; "
                "if it never does, remove irc.sasl_username"
            )
        return self, ()

    def _answer(self) -> tuple[Secret, ...]:
        payload = base64.b64encode(f"\0{self.username}\0{self.password.reveal()}".encode()).decode()
        chunks = [payload[at : at + _CHUNK] for at in range(0, len(payload), _CHUNK)]
        if len(chunks[-1]) == _CHUNK:
            chunks.append("+")
        return tuple(Secret(f"AUTHENTICATE {chunk}") for chunk in chunks)
