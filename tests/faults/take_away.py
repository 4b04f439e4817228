"""Takes each treatment away in turn and demands that the row's test fails: ``python -m tests.faults.take_away``.

Works on copies of the checkout.  The untouched copy's tests must pass first, and a test counts as failing only where it
says so itself: one that can not be collected, or that trips over a name the careless function does not know, is wrong.
"""

import argparse
import importlib.util
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .replacing import WrongRow, replaced, source_of
from .rows import Row
from .table import ROWS

ROOT = Path(__file__).parents[2]
TIME_LIMIT = 60
SLIPS = ("NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError")


@dataclass(frozen=True, slots=True)
class Run:
    """How a run of pytest ended: its exit status, the lines of its summary, its output, and its seconds."""

    status: int
    summary: tuple[str, ...]
    output: str
    seconds: float

    @property
    def passed(self) -> bool:
        return self.status == 0 and not self.summary

    @property
    def trouble(self) -> str:
        """Why this failure is not the test's own word, or nothing."""
        if self.status == 0:
            return "passes without its treatment"
        failed = [line for line in self.summary if line.startswith("FAILED ")]
        if self.status != 1 or not failed or len(failed) < len(self.summary):
            return f"ends with {self.status} and says: {self.summary or self.output[-2000:]}"
        reason = failed[0].partition(" - ")[2]
        return f"fails by a slip of the careless function: {reason}" if reason.startswith(SLIPS) else ""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the checkout in a folder of its own."""

    root: Path

    def test(self, tests: Sequence[str], *options: str) -> Run:
        """Run these tests on the copy; the programs that they start use the copy too."""
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", "--tb=short", "-rfEsx"]
        environment = os.environ | {"PYTHONPATH": str(self.root), "COLUMNS": "500"}
        begun = time.monotonic()
        done = subprocess.run(
            [*command, f"--timeout={TIME_LIMIT}", *options, *tests],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        *_, told = done.stdout.rpartition(" short test summary info ")
        words = ("FAILED ", "ERROR ", "SKIPPED ", "XFAIL ")
        summary = tuple(line for line in told.splitlines() if line.startswith(words))
        return Run(done.returncode, summary, done.stdout + done.stderr, time.monotonic() - begun)

    def without(self, row: Row) -> Run:
        """Run the row's test with the careless function, and put the treating one back."""
        path = source_of(row, self.root)
        whole = path.read_text(encoding="utf-8")
        try:
            _write(path, replaced(row, whole))
            return self.test([row.test], "-x")
        finally:
            _write(path, whole)


def _write(path: Path, text: str) -> None:
    """Write the file and forget its bytecode, which is told apart by whole seconds and the size only."""
    path.write_text(text, encoding="utf-8")
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


def copy_of_checkout(target: Path) -> Copy:
    """The files that git knows or would add, as they lie in the checkout now."""
    git = shutil.which("git") or "git"
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return Copy(target)


def take_away(rows: Sequence[Row], at_once: int, folder: Path) -> list[str]:
    """Try all rows, ``at_once`` of them beside each other; print a line for each; the troubles found."""
    copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
    for number in range(at_once):
        copies.put(copy_of_checkout(folder / str(number)))

    def whole(rows_of_one: Sequence[Row]) -> str:
        copy = copies.get()
        run = copy.test([row.test for row in rows_of_one])
        copies.put(copy)
        return "" if run.passed else f"with all treatments the tests do not pass:\n{run.output}"

    def try_row(row: Row) -> str:
        copy = copies.get()
        try:
            run = copy.without(row)
            trouble, seconds = run.trouble, run.seconds
        except WrongRow as wrong:
            trouble, seconds = str(wrong), 0.0
        finally:
            copies.put(copy)
        print(
            f"F{row.number:02}  {row.fault:<72.72}  {trouble or 'fails without its treatment'}  {seconds:5.1f} s",
            flush=True,
        )
        return trouble

    with ThreadPoolExecutor(at_once) as pool:
        shares = [rows[start::at_once] for start in range(min(at_once, len(rows)))]
        if troubles := [trouble for trouble in pool.map(whole, shares) if trouble]:
            print(*troubles, sep="\n")
            return troubles
        return [trouble for trouble in pool.map(try_row, rows) if trouble]


def main() -> int:
    """Print the table, or try it; 1 where a row does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.take_away", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="F05", help="only these rows")
    parser.add_argument("-j", type=int, default=1, metavar="N", help="try N rows at once")
    parser.add_argument("--list", action="store_true", help="print the table and try nothing")
    options = parser.parse_args()
    wanted = {int(name.lstrip("Ff")) for name in options.rows}
    rows = [row for row in ROWS if row.number in wanted or not wanted]
    if options.list:
        for row in rows:
            print(f"F{row.number:02}  {row.fault}\n     {row.test}\n     {row.treats}")
        return 0
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        troubles = take_away(rows, options.j, Path(folder))
    print(f"{len(rows) - len(troubles)} of {len(rows)} rows, {time.monotonic() - begun:.0f} s")
    return 1 if troubles or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
