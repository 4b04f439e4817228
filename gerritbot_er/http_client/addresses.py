"""Which hosts and addresses may be asked over HTTP: the gate that every connection and every redirect passes.

A name is resolved here and the caller connects to the very address that was let through, so that a name which
answers differently the second time (DNS rebinding) gains nothing.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.patterns import fits

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LONGEST_URL = 4096
_PLAIN_HOST = re.compile(r"[A-Za-z0-9._:-]+")


class NotLetThrough(Permanent):
    """The gate does not let us ask this ``host``, or its address."""

    def __init__(self, message: str, *, host: str) -> None:
        super().__init__(message)
        self.host = host


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: ``path`` holds the query too; ``host`` is without brackets."""

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"


_PORTS = {"http": 80, "https": 443}


def target(url: str) -> Target:
    """The parts of a URL; Permanent where it is none that may be asked."""
    shown = url[:200]
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Permanent(f"{shown!r} is no URL that can be asked: it is too long or holds blanks or control characters")
    parts, port = _split(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise Permanent(f"{shown!r} is not asked: only http and https URLs with a host are")
    if parts.username is not None or parts.password is not None:
        raise Permanent(f"the URL at {parts.hostname} is not asked: it holds a user name or a password")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(url, parts.scheme, parts.hostname, port or _PORTS[parts.scheme], path)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Permanent(f"{url[:200]!r} is no URL: {error}") from None
    return parts, port


def plain_host(url: str) -> str:
    """The host of a URL of others, "" where it has none or a pattern could be read out of it."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host if _PLAIN_HOST.fullmatch(host) else ""


def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a name, in the system's order; Transient where it has none now."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Transient(f"the host {host} has no address now ({error}); see whether its name is right") from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class Gate:
    """Lets through the hosts that fit a pattern, at public addresses or those of the networks listed.

    ``hosts`` are patterns of ``host`` or ``host:port``, none lets nothing through; ``private`` are networks such as
    "10.0.0.0/8"; ``own_hosts`` are hosts that the configuration names in full, wherever they lie.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        *,
        private: Iterable[str] = (),
        own_hosts: Iterable[str] = (),
        resolver: Resolver = resolve,
    ) -> None:
        self._hosts = tuple(hosts)
        self._own = frozenset(own_hosts)
        self._private = tuple(ipaddress.ip_network(network, strict=False) for network in private)
        self._resolver = resolver

    def check(self, wanted: Target) -> None:
        """Permanent where the host fits no pattern."""
        names = (wanted.host, f"{wanted.host}:{wanted.port}")
        if wanted.host in self._own or any(fits(pattern, name) for pattern in self._hosts for name in names):
            return
        raise NotLetThrough(
            f"the host {wanted.host} is not asked: add it to log_hosts of the CI if its logs lie there",
            host=wanted.host,
        )

    def addresses(self, wanted: Target) -> Sequence[str]:
        """The addresses of the host that may be connected to, at least one.

        Permanent where the host fits no pattern or all of its addresses are refused, Transient where it has none.
        """
        self.check(wanted)
        found = self._resolver(wanted.host, wanted.port)
        good = tuple(text for text in found if wanted.host in self._own or self._lets(ipaddress.ip_address(text)))
        if found and not good:
            raise NotLetThrough(
                f"the host {wanted.host} is not asked: its address {found[0]} is not public; "
                "list its network in allow_private of the log store if that is meant",
                host=wanted.host,
            )
        if not good:
            raise Transient(f"the host {wanted.host} has no address now; see whether its name is right")
        return good

    def _lets(self, address: Address) -> bool:
        return all(self._listed(one) or is_public(one) for one in embedded(address))

    def _listed(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self._private)


def embedded(address: Address) -> tuple[Address, ...]:
    """The addresses that a packet to this one may reach: itself, or the IPv4 one that a translator takes out of it."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF),)
    if address.sixtofour:
        return (address, address.sixtofour)
    return (address,)


def is_public(address: Address) -> bool:
    """Whether the address is a host of the Internet: not private, loopback, link-local, reserved, multicast."""
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not address.is_multicast and not address.is_reserved and not site_local
