"""The one gate that text and target pass on their way to IRC: one clean line that arrives whole. Pure.

Facts (measured against inspircd 3.15 and ngircd 26.1): a line has 512 bytes *with the prefix that the server puts in
front*, and what is longer is cut without an error; ngircd executes what follows a CR, also one in the target.
"""

import re

from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import Permanent

_LINE_BYTES = 512
_USER_BYTES = 11
"""RFC 1459 servers cut user names at ten, and put a "~" before one that no ident server confirms."""
_HOST_BYTES = 63
_FORMATTING = re.compile(
    "\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d-\x1f]"
)
"""Colours with their numbers, which would stay behind as text, and the other styles of IRC clients."""
_TARGET = re.compile(r"[#&+!][^\s,:]{1,199}")


def clean_text(text: str) -> str:
    """The text as one line without controls, styles or bidi marks; CTCP requests are such controls."""
    return clean_line(_FORMATTING.sub("", text), _LINE_BYTES)


def clean_target(channel: str) -> str:
    """The channel as it stands, if it is the name of one channel; ``Permanent`` else."""
    if not channel.isprintable() or not _TARGET.fullmatch(channel):
        raise Permanent(f"{channel!r} is no name of an IRC channel")
    return channel


def room(nick: str, channel: str) -> int:
    """How many bytes of text fit into ``:nick!user@host NOTICE #channel :text``, whatever host the server gives us."""
    prefix = len(f":{nick}!@ NOTICE {channel} :\r\n".encode())
    return _LINE_BYTES - prefix - _USER_BYTES - _HOST_BYTES


def fit(text: str, size: int) -> str:
    """The text in at most ``size`` bytes of UTF-8, cut between characters and with "…" where it is cut."""
    encoded = text.encode()
    if len(encoded) <= size:
        return text
    return encoded[: size - len("…".encode())].decode(errors="ignore").rstrip() + "…"


def line(nick: str, channel: str, text: str) -> str | None:
    """The NOTICE that may be sent, or None where nothing is left of the text."""
    target = clean_target(channel)
    said = fit(clean_text(text), room(nick, target))
    return f"NOTICE {target} :{said}" if said else None
