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
        (r'{"msg": "{\"password\": \"hunter2\", \"a\": 1}"}', r'{"msg": "{\"password\": \"***\", \"a\": 1}"}'),
        ("password='my, own; hunter2' and more", "password='***' and more"),
        ("db_password = hunter2, user = nova", "db_password = ***, user = nova"),
        (
            "2026-11-22 01:00:00 | OHkf/A7I0qdfjc0IsCS5UjcW7agAoELeIMl6fbP2UGzrgPUEmO0l0/NnNuY0zzao",
            "2026-11-22 01:00:00 | ***",
        ),
        ("signing_key: hunter2", "signing_key: ***"),
        ("<password>hunter2</password>", "<password>***</password>"),
        ("mysql+pymysql://root:p@hunter2@127.0.0.1/nova", "mysql+pymysql://***@127.0.0.1/nova"),
        ("curl -s -u admin:hunter2 https://git.example.org/", "curl -s -u admin:*** https://git.example.org/"),
        ("+ sshpass -p hunter2 ssh root@node", "+ sshpass -p *** ssh root@node"),
        ("+ mysql -uroot -phunter2 nova", "+ mysql -uroot -p*** nova"),
        ("< Set-Cookie: session=hunter2; Path=/", "< Set-Cookie: ***"),
        ("GET https://host/log?sig=hunter2&se=1", "GET https://host/log?sig=***&se=1"),
        ("used sk_live_0123456789abcdefghij", "used ***"),
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
        "mysql: unable to connect to database nova - no answer",
        "curl: (7) Failed to connect to mirror.example.org port 443: Connection refused",
        "docker login failed: unauthorized",
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
    for part in (
        "password=",
        "a.b-" * 10,
        "://",
        "authorization: ",
        "curl ",
        "mysql -",
        "docker login ",
        'token="',
        "cookie=",
        r'pwd: \\"',
    ):
        assert len(masked(part * 1_000_000)) <= 2000
