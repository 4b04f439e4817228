"""The commands on past builds as their tests call them, and builds to be tried on."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from gerritbot_er.cli import main
from gerritbot_er.logs.retained import RetainedLogs
from gerritbot_er.model import Build

NOW = 1_795_254_900
DISK = b"2026-11-21 09:52:58.1 | node | cp: No space left on device\n"
FINE = b"2026-11-21 09:00:00.000001 | node | begin\n"
DISK_FULL = 'title: a disk is full\nquery: message:"No space left on device"\n'


def signature(*words: object, cache: Path, env: Mapping[str, str] | None = None) -> Result:
    environment = {"XDG_CACHE_HOME": str(cache), "COLUMNS": "100", **(env or {})}
    result = CliRunner().invoke(main, ["signature", *map(str, words)], env=environment)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def build_of(
    number: int, result: str = "FAILURE", *, job: str = "unit", branch: str = "main", voting: bool = True
) -> Build:
    uuid = f"{number:032x}"
    page = f"https://zuul.example.org/t/main/build/{uuid}"
    return Build(
        identity=uuid,
        job=job,
        result=result,
        ci="zuul",
        change=number,
        patchset=1,
        reported_at=NOW - 3600 * (100 - number),
        uuid=uuid,
        web_url=page,
        project="example/app",
        branch=branch,
        pipeline="check",
        voting=voting,
    )


def retain(folder: Path, builds: Iterable[tuple[Build, bytes]]) -> Path:
    """A folder of retained logs, each build with a console."""
    logs = RetainedLogs(folder)
    for build, console in builds:
        url = f"https://logs.example.org/{build.uuid}/job-output.txt"
        with (
            logs.writer(build, kept_at=build.reported_at, failed=build.result != "SUCCESS") as writer,
            writer.file("job-output.txt", url) as write,
        ):
            write(console)
    return folder


def library(folder: Path, files: Mapping[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def shares(told: Mapping[str, Any], names: Sequence[str] = ("failed", "successful")) -> list[str]:
    return [f"{told[name]['hit']}/{told[name]['of']}" for name in names]


def thirty_builds(folder: Path) -> Path:
    """Kept in ``folder / "retained"``: of 10 failed ones of two jobs 6 have a full disk, of 20 good ones one."""
    failed = [(build_of(n, job=("unit", "docs")[n % 2]), DISK if n < 6 else FINE) for n in range(10)]
    good = [(build_of(n, "SUCCESS"), DISK if n == 10 else FINE) for n in range(10, 30)]
    return retain(folder / "retained", [*failed, *good])


def told(text: str, tmp_path: Path) -> str:
    """Without the folder's name, the seconds, and the blanks that fill tables."""
    text = re.sub(r"in [0-9.]+ s", "in N s", text.replace(str(tmp_path), "TMP"))
    return "\n".join(line.rstrip() for line in text.splitlines())
