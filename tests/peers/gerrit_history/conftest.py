"""A Gerrit with its web server, and our way to its REST API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.gerrit.rest import GerritRest

from .site import Site, opened_site, rest_of


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with opened_site(tmp_path) as opened:
        yield opened


@pytest.fixture
def rest(site: Site) -> Iterator[GerritRest]:
    with rest_of(site) as opened:
        yield opened
