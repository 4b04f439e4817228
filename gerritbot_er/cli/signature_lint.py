"""``signature lint``: what is wrong with signature files, each at its place, with what to write instead."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from gerritbot_er.signatures.files import read_text
from gerritbot_er.signatures.lint.files import from_problems, lint
from gerritbot_er.signatures.lint.remarks import Finding, in_order
from gerritbot_er.signatures.lucene import OPENDEV, PRESETS
from gerritbot_er.typed_yaml import YamlProblems

from . import FINDINGS, FINE
from .common import with_json
from .finding_words import findings_text, summary

with_fields = click.option(
    "--fields",
    type=click.Choice(list(PRESETS)),
    default=OPENDEV.name,
    show_default=True,
    help="How the log store indexes the fields: opendev analyses every string, logstash-legacy only the message.",
)
with_paths = click.argument(
    "paths", metavar="DIR...", nargs=-1, required=True, type=click.Path(exists=True, readable=True, path_type=Path)
)


@click.command("lint", epilog="\b\nExample: gerritbot-er signature lint signatures")
@with_paths
@with_fields
@with_json
def lint_files(paths: tuple[Path, ...], fields: str, *, as_json: bool) -> None:
    """Show what is wrong with signature files.

    DIR is a folder of them, or a single file.  Errors never do what was meant, warnings seldom do, hints are advice.

    Exit status: 0 fine, or hints only; 1 errors or warnings.
    """
    files = list(signature_files(paths))
    texts, findings = _read(files)
    findings = in_order([*findings, *lint(texts, PRESETS[fields])])
    if as_json:
        for finding in findings:
            click.echo(json.dumps(_as_json(finding), ensure_ascii=False))
    else:
        for text in findings_text(findings, texts):
            click.echo(text)
        click.echo(summary(findings, len(files)), err=True)
    sys.exit(FINDINGS if any(finding.counts for finding in findings) else FINE)


def signature_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files that are named, and the ``*.yaml`` of the folders, by name; a usage error where there is none."""
    found = [file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    if not found:
        raise click.UsageError(f"there is no signature file (*.yaml) in {', '.join(map(str, paths))}")
    yield from dict.fromkeys(found)


def _read(files: Sequence[Path]) -> tuple[dict[str, str], list[Finding]]:
    """The texts of the files that can be read, and what is the matter with the others."""
    texts, findings = {}, []
    for file in files:
        try:
            texts[str(file)] = read_text(file)
        except YamlProblems as error:
            findings += from_problems(error.problems, "file")
    return texts, findings


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "level": finding.level.value,
        "rule": finding.rule,
        "message": finding.message,
        "mended": finding.mended,
    }
