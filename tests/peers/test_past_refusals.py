"""A CI that refuses, or says what no CI says, when its past builds are asked for: told, and never a finding."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gerritbot_er.sandbox.ci_http import Answer, Endless, HttpServer, Response

from .backtesting import signature

_NUMBERS = json.dumps([1, 2, 3]).encode()


@pytest.fixture
def server() -> Iterator[HttpServer]:
    """Answers everything with a list of numbers."""
    with closing(HttpServer(lambda _: Response(_NUMBERS, "application/json"))) as running:
        yield running


@pytest.mark.parametrize("command", ["query", "backtest"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_ci_that_refuses_is_no_finding(server: HttpServer, tmp_path: Path, command: str, status: int) -> None:
    (tmp_path / "disk.yaml").write_text('query: message:"No space left"\n')
    server.misbehave("*", Answer(status), None)
    result = signature(
        command, tmp_path / "disk.yaml", "--from", f"http://127.0.0.1:{server.port}/t/main", cache=tmp_path
    )
    assert (result.exit_code, result.stdout) == (78, "")
    assert result.stderr.splitlines()[-1] == (
        f"127.0.0.1 answers {status} for /api/tenant/main/builds: see whether it may be read without a password"
    )


def test_a_list_that_never_ends_is_left(server: HttpServer, tmp_path: Path) -> None:
    server.misbehave("*", Endless(100_000_000), None)
    result = signature("query", "message:disk", "--from", f"http://127.0.0.1:{server.port}/t/main", cache=tmp_path)
    assert (result.exit_code, result.stdout) == (78, "")
    assert result.stderr.splitlines()[-1] == (
        "the CI's list of builds is too long (more than 16777216 bytes before decompression); ask for fewer, with "
        "--last"
    )


def test_a_list_of_something_else_is_no_list_of_builds(server: HttpServer, tmp_path: Path) -> None:
    result = signature("query", "message:disk", "--from", f"http://127.0.0.1:{server.port}/t/main", cache=tmp_path)
    assert (result.exit_code, result.stdout) == (78, "")
    assert result.stderr.splitlines()[-1] == (
        f"http://127.0.0.1:{server.port} lists no builds of the tenant main: see whether URL and tenant are right"
    )
