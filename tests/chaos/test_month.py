"""Simulated months: whatever goes wrong, what must hold holds; and where something is careless, it does not."""

import multiprocessing

import pytest

from .careless import CARELESS
from .months import live

SEEDS = 50
WITHIN = 30
"""Months in which carelessness must be noticed."""


@pytest.mark.timeout(900)
def test_a_simulated_month_breaks_no_invariant_whatever_its_seed() -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        broken = [
            f"seed {outcome.seed}: {one.invariant}: {one.what}"
            for outcome in pool.imap_unordered(live, range(SEEDS))
            for one, _ in outcome.broken
        ]
    assert broken == []


def test_a_seed_replays_exactly() -> None:
    first, again = live(3), live(3)
    assert first.story == again.story
    assert first.bitten == again.bitten


@pytest.mark.parametrize("careless", CARELESS)
def test_carelessness_is_noticed(careless: str) -> None:
    invariant, alter = CARELESS[careless]
    months = (live(seed, alter) for seed in range(WITHIN))
    assert any(one.invariant == invariant for month in months for one, _ in month.broken)
