"""The real servers as fixtures: each is started when a test first asks for it, and stopped after the last."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from .servers.fetch import Unavailable
from .servers.gerrit import GerritServer, gerrit_server
from .servers.irc import InspIrcd, NgIrcd, irc_server
from .servers.search import ELASTICSEARCH_7, ELASTICSEARCH_8, OPENSEARCH_2, SearchServer, search_server
from .servers.zuul import ZuulWorld
from .servers.zuul import zuul_world as started_zuul_world

NO_SKIP = "GERRITBOT_ER_NO_SKIP"
# A first run fetches hundreds of megabytes before its first test begins.
_TEST_SECONDS = 1500

Server = TypeVar("Server")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test beside this file is a system test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.system)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(_TEST_SECONDS))


@contextmanager
def or_skip(start: Callable[[], AbstractContextManager[Server]]) -> Iterator[Server]:
    """What ``start`` gives. Where it cannot be had, the test is skipped, or fails if ``GERRITBOT_ER_NO_SKIP=1``."""
    try:
        context = start()
        server = context.__enter__()
    except Unavailable as missing:
        if os.environ.get(NO_SKIP) == "1":
            pytest.fail(f"not available: {missing}", pytrace=False)
        pytest.skip(f"not available: {missing}")
    try:
        yield server
    finally:
        context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def gerrit() -> Iterator[GerritServer]:
    with or_skip(gerrit_server) as server:
        yield server


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[SearchServer]:
    with or_skip(lambda: search_server(ELASTICSEARCH_8)) as server:
        yield server


@pytest.fixture(scope="session")
def elasticsearch_7() -> Iterator[SearchServer]:
    with or_skip(lambda: search_server(ELASTICSEARCH_7)) as server:
        yield server


@pytest.fixture(scope="session")
def opensearch() -> Iterator[SearchServer]:
    with or_skip(lambda: search_server(OPENSEARCH_2)) as server:
        yield server


@pytest.fixture(scope="session")
def inspircd() -> Iterator[InspIrcd]:
    with or_skip(lambda: irc_server(InspIrcd)) as server:
        yield server


@pytest.fixture(scope="session")
def ngircd() -> Iterator[NgIrcd]:
    with or_skip(lambda: irc_server(NgIrcd)) as server:
        yield server


@pytest.fixture(scope="session")
def zuul_world() -> Iterator[ZuulWorld]:
    with or_skip(started_zuul_world) as world:
        yield world
