"""Secrets in quoted log lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.triage.masking import masked


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("fatal: https://bob:hunter2@git.example.org/a: denied", "fatal: https://***@git.example.org/a: denied"),
        ("clone git+ssh://token@git.example.org/x", "clone git+ssh://***@git.example.org/x"),
        ("> Authorization: Bearer abc.def-123 rest", "> Authorization: Bearer *** rest"),
        ("curl -H 'authorization: Basic dXNlcjpwdw=='", "curl -H 'authorization: Basic ***'"),
        ("{'X-Auth-Token': 'gAAAAABc', 'a': 1}", "{'X-Auth-Token': '***', 'a': 1}"),
        ("os_password=s3cr3t failed", "os_password=*** failed"),
        ('"api_key": "0123456789"', '"api_key": "***"'),
        ("mysql --password hunter2 -e x", "mysql --password *** -e x"),
        ("pushed with ghp_0123456789abcdefghijABCDEFGHIJ012345", "pushed with ***"),
        ("key AKIAIOSFODNN7EXAMPLE denied", "key *** denied"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end", "jwt *** end"),
        ("-----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNzaC1rZXk", "***"),
    ],
)
def test_f47_a_quoted_line_shows_no_secret(line: str, shown: str) -> None:
    assert masked(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        "toomanyrequests: You have reached your pull rate limit.",
        "OSError: [Errno 28] No space left on device: '/opt/stack/data'",
        "Could not resolve host: git.example.org",
        "the token bucket is empty; see https://docs.example.org/tokens",
        "No matching distribution found for python-secrets>=1.0",
    ],
)
def test_other_lines_stay_as_they_are(line: str) -> None:
    assert masked(line) == line


@given(st.text())
def test_masking_twice_changes_nothing_more(line: str) -> None:
    once = masked(line)
    assert masked(once) == once
    assert "\n" not in once


def test_a_long_line_is_masked_quickly() -> None:
    for part in ("password=", "a.b-" * 10, "://", "authorization: "):
        assert len(masked(part * 1_000_000)) <= 2000
