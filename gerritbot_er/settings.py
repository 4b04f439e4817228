"""The settings: what the configuration file may say, as typed and validated frozen dataclasses.

Durations are seconds; the file may write them as ``30s``, ``10m``, ``1h``, ``14d`` or a plain number of seconds.
Sizes are bytes; ``20GB`` is 20,000,000,000 of them, ``20GiB`` 20 * 1024 * 1024 * 1024.
Patterns are exact names, ``*`` globs, or regular expressions between slashes.
"""

import ipaddress
import re
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from .patterns import linear

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

PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""Where the value of a group goes, in the request of a tracker."""
DEFAULT_STATE = Path("/var/lib/gerritbot-er")

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
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


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
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


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class ClusterStore:
    """An Elasticsearch or OpenSearch cluster that holds one document per log line.

    ``subunit_index`` has one document per test; it is asked for signatures that name tests.  For compound signatures a
    few log files are fetched from the CI's log hosts: ``allow_private`` lists networks of private addresses that they
    may be fetched from (none by default), ``logs_ca_file`` is for those hosts.
    """

    kind: Literal["elasticsearch", "opensearch"]
    url: HttpUrl
    index: Text = "logstash-logs-*"
    subunit_index: str = "subunit-*"
    username: str | None = None
    password_file: Path | None = None
    password_env: str | None = None
    api_key_file: Path | None = None
    api_key_env: str | None = None
    ca_file: Path | None = None
    proxy: HttpUrl | None = None
    fields: Literal["opendev", "logstash-legacy"] = "opendev"
    allow_private: tuple[Network, ...] = ()
    logs_ca_file: Path | None = None
    timeout: Seconds = 30.0
    give_up: Seconds = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Keep:
    """The logs that were fetched are kept in ``directory``, so that signatures can be tried on them.

    Those of failed builds, and of ``successes`` percent of the successful ones; for ``time``, and up to ``size`` bytes
    on disk, the oldest are dropped first.
    """

    directory: Path
    time: Annotated[Seconds, Field(gt=0)] = 14 * 86_400.0
    size: Annotated[Bytes, Field(gt=0)] = 20_000_000_000
    successes: Percent = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class LocalStore:
    """No cluster: a failed build's logs are fetched from where the CI keeps them and matched here.

    Sizes are bytes after decompression; ``allow_private`` lists networks of private addresses that logs may be
    fetched from (none by default).  ``keep``: what was fetched stays on this machine for a while.
    """

    kind: Literal["local"]
    workers: Annotated[int, Field(ge=1, le=16)] = 2
    files_per_build: Count = 200
    bytes_per_file: Count = 256 * 1024 * 1024
    bytes_per_build: Count = 1024 * 1024 * 1024
    time_per_build: Seconds = 300.0
    bytes_per_second: Count = 16 * 1024
    ca_file: Path | None = None
    allow_private: tuple[Network, ...] = ()
    give_up: Seconds = 600.0
    keep: Keep | None = None


LogStore = Annotated[ClusterStore | LocalStore, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Signatures:
    """Where signature files lie, and the URL of a bug that is only known by its number ("{bug}" in it)."""

    directories: Annotated[tuple[Path, ...], Field(min_length=1)]
    bug_url: str = "https://bugs.launchpad.net/bugs/{bug}"


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class KnownTracker:
    """A tracker whose answers we understand; Launchpad, GitHub and every Jira are asked without an entry as well.

    ``web`` is the root of its pages; with ``ask`` off nobody is asked (a Jira without ``web``: no Jira but those that
    have entries).  A token is sent as a bearer's, with ``username`` as that user's password.
    """

    kind: Literal["launchpad", "github", "jira"]
    web: HttpUrl | None = None
    ask: bool = True
    username: str | None = None
    token_file: Path | None = None
    token_env: str | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class OtherTracker:
    """A tracker that answers in JSON: how its bugs' URLs look, what is asked, and where the answer is.

    ``url`` is an expression for the whole URL, whose named groups stand as ``{name}`` in ``request``; ``title`` and
    ``state`` are JSON pointers, the values of several make one state with blanks between them; ``closed`` and
    ``fixed`` are states.
    """

    kind: Literal["other"]
    url: LinearRegex
    request: HttpUrl
    title: Pointer
    state: Annotated[tuple[Pointer, ...], BeforeValidator(_several), Field(min_length=1)]
    closed: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    fixed: tuple[Pattern, ...] = ()
    username: str | None = None
    token_file: Path | None = None
    token_env: str | None = None
    ca_file: Path | None = None


BugTracker = Annotated[KnownTracker | OtherTracker, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class ChannelRule:
    """An IRC channel and what is said in it; empty tuples mean everything."""

    name: Channel
    projects: tuple[Pattern, ...] = ()
    pipelines: tuple[Pattern, ...] = ()
    categories: tuple[Literal["infra", "product", "test"], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Irc:
    """The IRC server and the channels that hear of failures."""

    host: Host
    nick: Annotated[str, AfterValidator(_nick)]
    channels: Annotated[tuple[ChannelRule, ...], Field(min_length=1)]
    port: Port = 6697
    tls: bool = True
    ca_file: Path | None = None
    sasl_username: str | None = None
    sasl_password_file: Path | None = None
    sasl_password_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Rule:
    """What is done for changes that match; the first matching rule counts, and without one it is shadow.

    With ``quote`` off no line of their logs is shown or kept.
    """

    mode: Annotated[Literal["on", "shadow", "off"], BeforeValidator(_mode)]
    projects: tuple[Pattern, ...] = ()
    branches: tuple[Pattern, ...] = ()
    pipelines: tuple[Pattern, ...] = ()
    quote: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Waiting:
    """How often and how long logs are waited for."""

    poll: Annotated[Seconds, Field(gt=0)] = 30.0
    slow_poll: Annotated[Seconds, Field(gt=0)] = 120.0
    slow_after: Seconds = 600.0
    ask_again: Seconds = 900.0


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Speaking:
    """When and how much is said.

    ``hold`` is the longest wait for the other builds after the first bug was found; a report that is older than
    ``oldest`` when it is found (history may reach back for weeks) is recorded and not spoken of.  Of a failure without
    a known bug the author hears where it hit at least ``seen_elsewhere`` other changes in the last 24 hours.
    """

    hold: Seconds = 600.0
    per_patchset: Count = 5
    per_hour: Count = 60
    proof: Annotated[Seconds, Field(gt=0)] = 60.0
    rest_after_start: Seconds = 30.0
    oldest: Annotated[Seconds, Field(gt=0)] = 172_800.0
    page: HttpUrl | None = None
    seen_elsewhere: Count = 3


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class OutageRules:
    """A failure that hits ``changes`` changes within ``window`` is an outage, until it has hit none for ``quiet``.

    They are of ``authors`` different owners, or of as many as there are changes if that is fewer.
    """

    changes: Annotated[int, Field(ge=2)] = 10
    authors: Annotated[int, Field(ge=1)] = 3
    window: Annotated[Seconds, Field(gt=0)] = 3600.0
    quiet: Annotated[Seconds, Field(gt=0)] = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Web:
    """Our own pages: where they are served.  ``public``: other machines may ask directly, without a proxy between."""

    listen: Address = "127.0.0.1"
    port: Port = 8088
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Replies:
    """Whose answers to our comments count beside those of a change's owner: the members of a group of Gerrit's."""

    group: Group | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Export:
    """The sightings go to ``index`` of a log store as well, which has to be a cluster: one document a failed build."""

    log_store: Name
    index: Index = "gerritbot-er-sightings"


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Settings:
    """The whole configuration file; failures of ``public_projects`` (empty: all) are told on IRC and pages as well."""

    gerrit: Gerrit
    cis: Annotated[tuple[CI, ...], Field(min_length=1)]
    log_stores: Annotated[dict[Name, LogStore], Field(min_length=1)]
    signatures: Signatures
    state: Path = DEFAULT_STATE
    trackers: tuple[BugTracker, ...] = ()
    rules: tuple[Rule, ...] = ()
    public_projects: tuple[Pattern, ...] = ()
    irc: Irc | None = None
    web: Web | None = None
    waiting: Waiting = field(default_factory=Waiting)
    speaking: Speaking = field(default_factory=Speaking)
    outage: OutageRules = field(default_factory=OutageRules)
    replies: Replies = field(default_factory=Replies)
    export: Export | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def stores_in_use(self) -> dict[Name, LogStore]:
        """The log stores that hold some CI's logs; one that gets sightings alone is none of them."""
        used = {ci.log_store for ci in self.cis}
        return {name: store for name, store in self.log_stores.items() if name in used}
