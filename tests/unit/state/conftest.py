"""The file that most tests of sightings write to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.state import open_sightings
from gerritbot_er.state.database import Database


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    with open_sightings(tmp_path) as opened:
        yield opened
