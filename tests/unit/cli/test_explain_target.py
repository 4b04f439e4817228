"""What the TARGET of ``explain`` names, and which private addresses may be asked for it."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.cli.explain_subject import private_networks
from gerritbot_er.cli.explain_target import (
    AskedBuild,
    AskedChange,
    JenkinsPage,
    LocalFiles,
    LogFolder,
    NoTarget,
    Target,
    ZuulPage,
    read_target,
)

UUID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
ZUUL = "https://zuul.example.org"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (f"{ZUUL}/t/main/build/{UUID}", ZuulPage(ZUUL, "main", UUID)),
        (f"{ZUUL}/t/main/build/{UUID}/", ZuulPage(ZUUL, "main", UUID)),
        (f"{ZUUL}/t/main/build/{UUID}/log/job-output.txt#5-9", ZuulPage(ZUUL, "main", UUID)),
        (f"{ZUUL}/api/tenant/main/build/{UUID}", ZuulPage(ZUUL, "main", UUID)),
        (f"{ZUUL}:8443/zuul/t/my%20tenant/build/{UUID}?x=y", ZuulPage(f"{ZUUL}:8443/zuul", "my tenant", UUID)),
        (
            "https://ci.example.org/job/a/job/b/12/console",
            JenkinsPage("https://ci.example.org/job/a/job/b/12/"),
        ),
        (
            "http://logs.example.org/61/65361/2/check/docs/8209fb4/#top",
            LogFolder("http://logs.example.org/61/65361/2/check/docs/8209fb4/"),
        ),
        ("http://logs.example.org/job-output.txt", LogFolder("http://logs.example.org/job-output.txt")),
        ("65361", AskedChange(65361, None)),
        ("65361,2", AskedChange(65361, 2)),
        (UUID, AskedBuild(UUID)),
        (".", LocalFiles(Path())),
        (__file__, LocalFiles(Path(__file__))),
    ],
)
def test_what_a_target_names(text: str, target: Target) -> None:
    assert read_target(text) == target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "1,0",
        "1,",
        "65361,2,3",
        UUID[:-1],
        UUID.upper(),
        "no such path",
        "a\x00b",
        "x" * 5000,
        "-c",
        "file:///etc/passwd",
        "finger://host/uuid",
        "https://",
        "https://user@host/",
        "https://h:0/",
        "https://h:99999/",
        "https://h/a b",
        "https://h/é",
        f"{ZUUL}/build/{UUID}",
    ],
)
def test_what_names_nothing(text: str) -> None:
    with pytest.raises(NoTarget):
        read_target(text)


@given(st.one_of(st.text(), st.text().map(lambda text: f"https://{text}"), st.text().map(lambda t: f"{ZUUL}/t/{t}")))
def test_any_text_is_a_target_or_none(text: str) -> None:
    with contextlib.suppress(NoTarget):
        assert isinstance(read_target(text), Target)


def test_private_addresses_are_asked_only_beside_a_private_host() -> None:
    assert private_networks("198.18.0.1") != ()
    assert private_networks("9.9.9.9") == ()
    assert "127.0.0.0/8" not in private_networks("10.1.2.3")
    assert {"10.0.0.0/8", "10.1.2.3/32"} <= set(private_networks("10.1.2.3"))
    assert "169.254.0.0/16" not in private_networks("10.1.2.3")
    assert {"127.0.0.0/8", "10.0.0.0/8"} <= set(private_networks("127.0.0.1"))
