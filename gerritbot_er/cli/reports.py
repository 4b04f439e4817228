"""The ``reports`` command: the CI reports in recorded stream events, one JSON object a line."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click
import orjson

from gerritbot_er.ci import find_report
from gerritbot_er.model import CIReport, CommentAdded, ReportedBuild
from gerritbot_er.settings import CI

from .recorded import Skipped, recorded_events, with_events

_KINDS: dict[str, Literal["zuul", "jenkins"]] = {"zuul": "zuul", "jenkins": "jenkins"}


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
@with_events
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
    """Print the CI reports in recorded stream events as JSON.

    Good and bad ones, of the accounts that --ci names.  EVENTS are files of stream events, one JSON object a line,
    plain or gzipped; "-" is stdin.  Lines that wrap the event as {"event": ...} are read as well.  Lines that hold no
    event are told of on stderr and skipped.
    """
    skipped = Skipped()
    out = sys.stdout.buffer
    for event in recorded_events(files, skipped):
        if isinstance(event, CommentAdded) and (report := find_report(event, cis)) is not None:
            out.write(orjson.dumps(_as_json(report, event.author), option=orjson.OPT_APPEND_NEWLINE))
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
