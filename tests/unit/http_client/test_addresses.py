"""Which addresses are public, and what a URL may look like."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.errors import Permanent
from gerritbot_er.http_client.addresses import Gate, target


def _lets(address: str, private: tuple[str, ...] = ()) -> bool:
    gate = Gate(["host"], private=private, resolver=lambda *_: (address,))
    try:
        return gate.addresses(target("http://host/")) == (address,)
    except Permanent:
        return False


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"])
def test_public_addresses_are_let_through(address: str) -> None:
    assert _lets(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::127.0.0.1",
        "2002:7f00:1::",
        "fc00::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_all_others_are_refused(address: str) -> None:
    assert not _lets(address)


def test_listed_networks_are_let_through() -> None:
    assert _lets("10.1.2.3", ("10.0.0.0/8",))
    assert _lets("::ffff:10.1.2.3", ("10.0.0.0/8",))
    assert not _lets("10.1.2.3", ("10.0.0.0/16", "fc00::/7"))


def test_a_name_with_good_and_bad_addresses_is_asked_at_the_good_ones() -> None:
    gate = Gate(["host"], resolver=lambda *_: ("127.0.0.1", "8.8.8.8"))
    assert gate.addresses(target("https://host/")) == ("8.8.8.8",)


def test_no_pattern_lets_nothing_through() -> None:
    with pytest.raises(Permanent, match="the host h is not asked: add it to log_hosts of the CI if its logs lie there"):
        Gate(()).check(target("https://h/"))


def test_a_pattern_may_name_the_port() -> None:
    gate = Gate(["h:8080"])
    gate.check(target("http://h:8080/"))
    with pytest.raises(Permanent):
        gate.check(target("http://h:22/"))


@given(st.ip_addresses())
def test_no_private_address_is_let_through(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert not _lets(str(address))


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"https://host/{text}"):
        try:
            found = target(url)
        except Permanent:
            continue
        assert found.scheme in ("http", "https")
        assert found.host
        assert not set("\r\n ") & set(found.path + found.authority)
