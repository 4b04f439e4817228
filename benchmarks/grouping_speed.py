"""How long a build's group is looked for among thousands of groups in the sightings' file: prints a table.

    PYTHONPATH=. python benchmarks/grouping_speed.py ../shared/data [--groups 100 1000 5000 10000]

Causes are made of the known ones of ``grouping.py``: their lines with half of the words exchanged, so that they share
some words with each other, as failures of one service do.  A few of them hit often, most of them seldom; the groups
come into the file as the daemon puts them there, one failure after another.  Of the lines around a cause none is taken
away, as if nothing were known of good builds: that is the hardest case, since all groups share such lines.

Told is the time of the desk's thread for the next failures, in milliseconds of CPU from a failure's lines until its
group is written (the commit apart), and the megabytes that the groups and their index take of the file.
"""

import argparse
import random
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.failures import Failure, builds, causes, noise_of
from gerritbot_er.insight.likeness import traits
from gerritbot_er.state import open_sightings
from gerritbot_er.state.database import Database
from gerritbot_er.state.groups import StoredGroups

SIZES = (100, 1_000, 5_000, 10_000)
ARRIVING = 400
_CAUSES = 3
"""For each group that is wanted: most of them never hit."""
_AT_ONCE = 50
_ENDLESS = 1 << 62
_SEED = 73
_WORD = re.compile(r"\b[a-z]{4,}\b")
_EXCHANGED = 0.5


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How long a build's group is looked for among many.")
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--groups", type=int, nargs="+", default=SIZES, help="so many are stored, the fewest first")
    chosen = parser.parse_args()
    failures = enumerate(_failures(chosen.data, _CAUSES * max(chosen.groups)))
    print(f"{'groups':>8}{'failures':>10}{'median ms':>11}{'95 % ms':>9}{'worst ms':>10}{'MB':>7}")
    with tempfile.TemporaryDirectory() as folder, open_sightings(Path(folder)) as database:
        for size in sorted(chosen.groups):
            while _count(database) < size:
                _placed(database, islice(failures, _AT_ONCE))
            stored = _count(database)
            taken = sorted(_placed(database, islice(failures, ARRIVING)))
            median, most, worst = (1000 * taken[at] for at in (ARRIVING // 2, ARRIVING * 95 // 100, -1))
            put, _ = next(failures)
            row = f"{stored:8,}{put:10,}{median:11.1f}{most:9.1f}{worst:10.1f}{_megabytes(database):7.1f}"
            print(row, flush=True)


def _failures(data: Path, count: int) -> Iterator[Failure]:
    """Ever more failures of so many causes."""
    chance = random.Random(_SEED)  # noqa: S311 - the same each time
    real = list(causes(data).values())
    words = sorted({word for lines in real for line in lines for word in _WORD.findall(line)})
    made = {str(number): _exchanged(chance.choice(real), words, chance) for number in range(count)}
    return builds(made, noise_of(data, _SEED), _ENDLESS, _SEED)


def _exchanged(lines: Sequence[str], words: Sequence[str], chance: random.Random) -> Sequence[str]:
    return [
        _WORD.sub(lambda found: chance.choice(words) if chance.random() < _EXCHANGED else found[0], line)
        for line in lines
    ]


def _placed(database: Database, failures: Iterable[tuple[int, Failure]]) -> list[float]:
    """Put each into its group; the seconds that each took."""
    taken = []
    for number, failure in failures:
        with database.transaction() as db:
            began = time.thread_time()
            StoredGroups(db).place(traits(failure.lines), str(number), number)
            taken.append(time.thread_time() - began)
    return taken


def _count(database: Database) -> int:
    with database.reading() as db:
        return int(db.execute("SELECT count(*) FROM failure_groups").fetchone()[0])


def _megabytes(database: Database) -> float:
    with database.reading() as db:
        pages = db.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%group%'").fetchone()[0]
    return float(pages) / 1e6


if __name__ == "__main__":
    main()
