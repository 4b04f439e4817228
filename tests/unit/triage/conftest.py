"""The simulated worlds that most tests of the way from a report to its words live in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Logs are in a cluster."""
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[World]:
    """Logs are where the CI's server says, and nowhere else."""
    made = World(tmp_path, store="local")
    yield made
    made.close()
