"""The ``reports`` command: the CI reports in recorded stream events, one JSON object a line."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import click
import orjson

from gerritbot_er.ci import find_report
from gerritbot_er.errors import Permanent
from gerritbot_er.gerrit.events import MAX_LINE, MalformedEvent, load_object, to_event
from gerritbot_er.model import CIReport, CommentAdded, ReportedBuild
from gerritbot_er.settings import CI

_GZIP = b"\x1f\x8b"
_STDIN = "-"
_KINDS: dict[str, Literal["zuul", "jenkins"]] = {"zuul": "zuul", "jenkins": "jenkins"}
_SHOWN = 20


@dataclass(slots=True)
class _Skipped:
    """Counts the lines that hold no event, and tells of the first of them on stderr."""

    count: int = 0

    def tell(self, place: str, why: str) -> None:
        self.count += 1
        if self.count <= _SHOWN:
            click.echo(f"{place}: {why}; skipped", err=True)

    def sum_up(self) -> None:
        if self.count:
            lines = "1 line that holds" if self.count == 1 else f"{self.count} lines that hold"
            click.echo(f"skipped {lines} no stream event", err=True)


def _as_cis(_ctx: click.Context, _param: click.Parameter, values: Sequence[str]) -> tuple[CI, ...]:
    """``zuul=ACCOUNT`` and ``jenkins=ACCOUNT`` as CIs."""
    return tuple(map(_as_ci, values))


def _as_ci(value: str) -> CI:
    kind, _, account = value.partition("=")
    if not account or not account.isprintable() or kind not in _KINDS:
        raise click.BadParameter(f"{value!r} is no CI; write zuul=ACCOUNT or jenkins=ACCOUNT")
    return CI(name="reports", kind=_KINDS[kind], account=account, log_store="none")


_EXAMPLE = """\b
Example:
  ssh -p 29418 review.example.org gerrit stream-events > events.jsonl
  gerritbot-er reports events.jsonl --ci zuul=zuul --ci jenkins=jenkins-bot
"""


@click.command(epilog=_EXAMPLE)
@click.argument(
    "files",
    metavar="EVENTS...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True, path_type=Path),
)
@click.option(
    "--ci",
    "cis",
    metavar="KIND=ACCOUNT",
    required=True,
    multiple=True,
    callback=_as_cis,
    help="A CI: zuul or jenkins, and the username of its account.",
)
@click.option("--json", expose_value=False, is_flag=True, help="One JSON object a line; the output always is.")
def reports(files: Sequence[Path], cis: Sequence[CI]) -> None:
    """Print the CI reports of these accounts in recorded stream events, good and bad ones.

    EVENTS are files of stream events, one JSON object a line, plain or gzipped; "-" is stdin.  Lines that wrap the
    event as {"event": ...} are read as well.  Lines that hold no event are told of on stderr and skipped.
    """
    skipped = _Skipped()
    out = sys.stdout.buffer
    for file in files:
        for comment in _comments(file, skipped):
            report = find_report(comment, cis)
            if report is not None:
                out.write(orjson.dumps(_as_json(report, comment.author), option=orjson.OPT_APPEND_NEWLINE))
    out.flush()
    skipped.sum_up()


def _as_json(report: CIReport, account: str) -> dict[str, object]:
    return {
        "change": report.change.number,
        "patchset": report.patchset,
        "project": report.change.project,
        "ci": account,
        "pipeline": report.pipeline,
        "buildset": report.buildset,
        "failed": report.failed,
        "reason": report.reason,
        "builds": [_build_as_json(build) for build in report.builds],
    }


def _build_as_json(build: ReportedBuild) -> dict[str, object]:
    return {
        "job": build.job,
        "uuid": build.uuid,
        "url": build.url,
        "result": build.result,
        "detail": build.detail,
        "elapsed": build.elapsed,
        "voting": build.voting,
    }


def _comments(file: Path, skipped: _Skipped) -> Iterator[CommentAdded]:
    """The comments in a file, in its order."""
    for number, line in enumerate(_lines(file), start=1):
        place = f"{'stdin' if str(file) == _STDIN else file}:{number}"
        if len(line) > MAX_LINE:
            skipped.tell(place, f"a line of more than {MAX_LINE:,} bytes")
            continue
        if line.isspace():
            continue
        try:
            value = load_object(line)
            wrapped = value.get("event")
            event = to_event(wrapped if isinstance(wrapped, dict) else value)
        except MalformedEvent as error:
            skipped.tell(place, str(error))
            continue
        if isinstance(event, CommentAdded):
            yield event


def _lines(file: Path) -> Iterator[bytes]:
    r"""The lines of a file, plain or gzipped, cut at ``\n`` alone; of a too long one only its begin."""
    with ExitStack() as stack:
        raw = sys.stdin.buffer if str(file) == _STDIN else stack.enter_context(file.open("rb"))
        source = io.BufferedReader(cast(io.RawIOBase, raw))
        if source.peek(len(_GZIP)).startswith(_GZIP):
            source = io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=source)))
        number = 0
        try:
            while line := source.readline(MAX_LINE + 1):
                number += 1
                part = line
                while len(part) > MAX_LINE and not part.endswith(b"\n"):
                    part = source.readline(MAX_LINE + 1)
                yield line
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Permanent(
                f"{file}: the gzip data is damaged or cut after line {number} ({error}); fetch the file again"
            ) from None
