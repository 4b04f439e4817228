"""Gerrit, the CIs and IRC: who is listened to, and who is told."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from .values import STRICT, Channel, Host, HttpUrl, Name, Nick, Pattern, Port, Regex, Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Gerrit:
    """The Gerrit server and our account on it.

    ``web`` is the root of its web pages; with the account's HTTP password history is read there as well as over SSH.
    """

    host: Host
    username: Text
    key: Path
    known_hosts: Path
    port: Port = 29418
    notify: Literal["NONE", "OWNER", "OWNER_REVIEWERS", "ALL"] = "OWNER"
    web: HttpUrl | None = None
    http_password_file: Path | None = None
    http_password_env: str | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class CI:
    """A CI that comments on changes, recognised by its account's username.

    ``web`` is the root of its web pages (Zuul: without ``/t/TENANT``); ``log_hosts`` the hosts that logs may be
    fetched from and linked to; ``pipelines`` the only ones looked at (empty: all); a failure in one of
    ``gate_pipelines`` makes the changes behind it begin anew; a comment of ours never matches one of
    ``trigger_patterns``.
    """

    name: Name
    kind: Literal["zuul", "jenkins"]
    account: Text
    log_store: Name
    web: HttpUrl | None = None
    tenant: str | None = None
    log_hosts: tuple[Pattern, ...] = ()
    pipelines: tuple[Pattern, ...] = ()
    gate_pipelines: tuple[Pattern, ...] = ("gate",)
    trigger_patterns: tuple[Regex, ...] = (r"(?i)\brecheck\b", r"(?i)\breverify\b")


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ChannelRule:
    """An IRC channel and what is said in it; empty tuples mean everything."""

    name: Channel
    projects: tuple[Pattern, ...] = ()
    pipelines: tuple[Pattern, ...] = ()
    categories: tuple[Literal["infra", "product", "test"], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Irc:
    """The IRC server and the channels that hear of failures."""

    host: Host
    nick: Nick
    channels: Annotated[tuple[ChannelRule, ...], Field(min_length=1)]
    port: Port = 6697
    tls: bool = True
    ca_file: Path | None = None
    sasl_username: str | None = None
    sasl_password_file: Path | None = None
    sasl_password_env: str | None = None
