"""Simulated months: whatever goes wrong, what must hold holds; and where something is careless, it does not."""

import subprocess
import sys

import pytest

from .careless import CARELESS
from .months import live

SEEDS = 50
WITHIN = 30
"""Months in which carelessness must be noticed."""


@pytest.mark.timeout(900)
def test_a_simulated_month_breaks_no_invariant_whatever_its_seed() -> None:
    # A process of its own: the pool leaves one behind, and other tests count the children of theirs.
    command = [sys.executable, "-m", "tests.chaos", "--seeds", str(SEEDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{SEEDS} months, 0 with a broken invariant" in done.stdout


def test_a_seed_replays_exactly() -> None:
    first, again = live(3), live(3)
    assert first.story == again.story
    assert first.bitten == again.bitten


@pytest.mark.parametrize("careless", CARELESS)
def test_carelessness_is_noticed(careless: str) -> None:
    invariant, alter = CARELESS[careless]
    months = (live(seed, alter) for seed in range(WITHIN))
    assert any(one.invariant == invariant for month in months for one, _ in month.broken)
