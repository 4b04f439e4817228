"""``python -m tests.chaos --seeds N``: simulated months, each from its seed; ``--seed K -v`` tells one of them."""

import argparse
import logging
import multiprocessing
import sys
import time
from collections import Counter
from pathlib import Path

from .months import Outcome, live
from .weather import Fault

_PROGRESS = 10


def main() -> int:
    """0 where every invariant held in every month."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, metavar="N", help="how many months (50)")
    parser.add_argument("--first", type=int, default=0, metavar="K", help="the first seed (0)")
    parser.add_argument("--seed", type=int, metavar="K", help="this month alone")
    parser.add_argument("-j", type=int, default=2, metavar="P", help="processes (2)")
    parser.add_argument("-v", action="store_true", help="tell the whole story, with what the daemon logs")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds) if asked.seed is None else [asked.seed]
    logging.disable(logging.NOTSET if asked.v else logging.CRITICAL)
    begun = time.monotonic()
    bitten: Counter[Fault] = Counter()
    totals: Counter[str] = Counter()
    bad = 0
    with multiprocessing.Pool(max(1, min(asked.j, len(seeds)))) as pool:
        for number, outcome in enumerate(pool.imap(live, seeds), start=1):
            bitten += outcome.bitten
            totals += outcome.counts
            bad += bool(outcome.broken)
            _tell(outcome, whole=asked.v)
            if number % _PROGRESS == 0:
                took = time.monotonic() - begun
                print(f"{number} of {len(seeds)} months, {bad} broken, {took:.0f} s", file=sys.stderr, flush=True)
    took = time.monotonic() - begun
    _summary(totals, bitten)
    print(f"{len(seeds)} months, {bad} with a broken invariant, in {took:.0f} s ({len(seeds) / took:.2f} a second)")
    return bad > 0


def _tell(outcome: Outcome, *, whole: bool) -> None:
    for broken, story in outcome.broken:
        print(f"\nseed {outcome.seed}: {broken.invariant}: {broken.what}")
        print("\n".join(story if whole else story[-60:]), flush=True)
    if outcome.broken:
        print(f"again: python -m tests.chaos --seed {outcome.seed} -v")
    elif whole:
        print("\n".join(outcome.story))


def _summary(totals: Counter[str], bitten: Counter[Fault]) -> None:
    print("\nharm done by each fault:")
    for fault in Fault:
        print(f"  {bitten[fault]:8}  {fault}")
    print("what came of it:")
    for what, count in sorted(totals.items()):
        print(f"  {count:8}  {what}")
    absent = [] if Path("../shared/data/events").is_dir() else ["the recorded years are absent: made traffic alone"]
    print("\n".join(absent))


if __name__ == "__main__":
    sys.exit(main())
