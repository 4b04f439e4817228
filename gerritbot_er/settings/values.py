"""Single values of the configuration file: each a type that takes what people write, or says what to write instead."""

import ipaddress
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from gerritbot_er.patterns import linear

_SIZE_WORDS = "write a size such as 500MB or 20GB"

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def _seconds(value: object) -> object:
    """``10m`` → 600.0; anything that is no duration text is left to the type check."""
    if isinstance(value, bool):
        raise ValueError("write a duration such as 30s, 10m or 1h")  # noqa: TRY004 - pydantic collects ValueErrors
    if not isinstance(value, str):
        return value
    seconds = duration(value)
    if seconds is None:
        raise ValueError("write a duration such as 30s, 10m or 1h")
    return seconds


def duration(text: str) -> float | None:
    """The seconds of ``30s``, ``10m``, ``1.5h``, ``14d`` or a plain number; None where it is none of these."""
    found = re.fullmatch(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(s|min|m|h|d|)\s*", text)
    return float(found[1]) * _UNITS[found[2]] if found else None


def _bytes(value: object) -> object:
    """``20GB`` → 20000000000; anything that is no text is left to the type check."""
    if isinstance(value, bool):
        raise ValueError(_SIZE_WORDS)  # noqa: TRY004 - pydantic collects ValueErrors
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*([0-9]{1,18}(?:\.[0-9]{1,9})?)\s*([kKMGT]?)(i?)B?\s*", value)
    if found is None or (found[3] and not found[2]):
        raise ValueError(_SIZE_WORDS)
    power = " KMGT".index(found[2].upper() or " ")
    return round(float(found[1]) * (1024 if found[3] else 1000) ** power)


def _percent(value: object) -> object:
    """``5%`` → 5.0; anything that is no text is left to the type check."""
    if isinstance(value, bool):
        raise ValueError("write a share such as 5%")  # noqa: TRY004 - pydantic collects ValueErrors
    found = re.fullmatch(r"\s*([0-9]{1,3}(?:\.[0-9]{1,9})?)\s*%?\s*", value) if isinstance(value, str) else None
    if isinstance(value, str) and found is None:
        raise ValueError("write a share such as 5%")
    return float(found[1]) if found else value


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:  # a bad port is a ValueError
        raise ValueError("write a whole URL, such as https://zuul.example.org")
    if parts.username or parts.password:
        raise ValueError("write no user or password into a URL; use username and password_file")
    return value.rstrip("/")


def _pattern(value: str) -> str:
    if len(value) > 1 and value.startswith("/") and value.endswith("/"):
        _regex(value[1:-1])
    return value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"this is no regular expression: {error}") from None
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError("write a network such as 10.0.0.0/8") from None
    return value


def _index(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,199}", value):
        raise ValueError("write the name of one index, of small letters, digits, dots, dashes and underscores")
    return value


def _name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value):
        raise ValueError("write a name of letters, digits, dots, dashes and underscores")
    return value


def _nick(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{0,29}", value):
        raise ValueError("write a nick of at most 30 letters, digits, dashes and underscores that begins with a letter")
    return value


def _mode(value: object) -> object:
    """YAML 1.1 takes an unquoted ``on`` for true and ``off`` for false."""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


def _channel(value: str) -> str:
    if not re.fullmatch(r"[#&+!][^\s,\x00-\x20\x7f:]{1,199}", value):
        raise ValueError('write a channel as "#name", in quotes')
    return value


def _group(value: str) -> str:
    """It becomes a quoted word of a command line."""
    if not value.isprintable() or value.startswith("-") or any(mark in value for mark in "'\"\\"):
        raise ValueError("write the group's name as Gerrit shows it, without quotes, backslashes and a dash in front")
    return value


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value.strip("[]")))
    except ValueError:
        raise ValueError("write an IP address of this machine, such as 127.0.0.1") from None


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?|\[?[0-9A-Fa-f:]+(?:%\w+)?\]?", value):
        raise ValueError("write a host's name alone, such as review.example.org, without scheme and port")
    return value.strip("[]")


def _linear(value: str) -> str:
    linear(value)  # its words are a ValueError's
    return value


def _pointer(value: str) -> str:
    if not re.fullmatch(r"(?:/(?:[^~/]|~[01])*)+", value):
        raise ValueError("write a JSON pointer, such as /fields/summary")
    return value


def _several(value: object) -> object:
    """One alone is a list of one."""
    return (value,) if isinstance(value, str) else value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0, allow_inf_nan=False)]
Bytes = Annotated[int, BeforeValidator(_bytes), Field(ge=0)]
Percent = Annotated[float, BeforeValidator(_percent), Field(ge=0, le=100, allow_inf_nan=False)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Pattern = Annotated[str, AfterValidator(_pattern), Field(min_length=1)]
Regex = Annotated[str, AfterValidator(_regex), Field(min_length=1)]
LinearRegex = Annotated[str, AfterValidator(_linear), Field(min_length=1)]
Pointer = Annotated[str, AfterValidator(_pointer)]
Pointers = Annotated[tuple[Pointer, ...], BeforeValidator(_several), Field(min_length=1)]
Nick = Annotated[str, AfterValidator(_nick)]
Mode = Annotated[Literal["on", "shadow", "off"], BeforeValidator(_mode)]
Network = Annotated[str, AfterValidator(_network)]
Channel = Annotated[str, AfterValidator(_channel)]
Port = Annotated[int, Field(ge=1, le=65535)]
Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, AfterValidator(_name)]
Index = Annotated[str, AfterValidator(_index)]
Text = Annotated[str, Field(min_length=1)]
Host = Annotated[str, AfterValidator(_host)]
Group = Annotated[str, AfterValidator(_group), Field(min_length=1, max_length=255)]
Address = Annotated[str, AfterValidator(_address)]

STRICT = ConfigDict(extra="forbid")
"""A key that nobody knows is an error, not a wish that is left out in silence."""
