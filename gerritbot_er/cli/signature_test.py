"""``signature test``: each file's examples, run offline."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from gerritbot_er.cleaning import clean, clean_name
from gerritbot_er.signatures.example_checks import NO_MATCH, ExampleCheck, check_examples
from gerritbot_er.signatures.files import read_signature, read_text
from gerritbot_er.signatures.lucene import PRESETS, FieldPreset
from gerritbot_er.typed_yaml import YamlProblems

from . import FINDINGS, FINE
from .common import with_json
from .finding_words import counted
from .signature_lint import signature_files, with_fields, with_paths


@click.command("test", epilog="\b\nExample: gerritbot-er signature test signatures")
@with_paths
@with_fields
@with_json
def test_files(paths: tuple[Path, ...], fields: str, *, as_json: bool) -> None:
    """Run the examples of signature files.

    DIR is a folder of them, or a single file.  Nothing but the files is needed.

    Exit status: 0 all pass, 1 an example failed or a file cannot be read.
    """
    files = list(signature_files(paths))
    results = [_run(file, PRESETS[fields]) for file in files]
    for file, (checks, error) in zip(files, results, strict=True):
        lines = _json_lines(file, checks, error) if as_json else _text_lines(file, checks, error)
        for line in lines:
            click.echo(line)
    passed = sum(check.passed for checks, _ in results for check in checks)
    failed = sum(not check.passed for checks, _ in results for check in checks)
    unread = sum(bool(error) for _, error in results)
    if not as_json:
        click.echo(_summary(passed, failed, unread, sum(not (checks or error) for checks, error in results)), err=True)
    sys.exit(FINDINGS if failed or unread else FINE)


def _run(file: Path, fields: FieldPreset) -> tuple[list[ExampleCheck], str]:
    """The checks of a file, or why there are none."""
    try:
        return check_examples(read_signature(read_text(file), str(file)), fields), ""
    except YamlProblems as error:
        return [], str(error)


def _counts(checks: Sequence[ExampleCheck]) -> tuple[int, int]:
    passed = sum(check.passed for check in checks)
    return passed, len(checks) - passed


def _json_lines(file: Path, checks: Sequence[ExampleCheck], error: str) -> list[str]:
    passed, failed = _counts(checks)
    failures = [{"example": f"{check.key}[{check.number}]", "why": check.why} for check in checks if not check.passed]
    told: dict[str, object] = {"file": str(file), "passed": passed, "failed": failed, "failures": failures}
    return [json.dumps(told | ({"error": error} if error else {}), ensure_ascii=False)]


def _text_lines(file: Path, checks: Sequence[ExampleCheck], error: str) -> list[str]:
    if error:
        return [clean(error)]
    passed, failed = _counts(checks)
    name = clean_name(str(file))
    if not failed:
        return [f"{name}: {passed} passed" if passed else f"{name}: no examples"]
    lines = [f"{name}: {passed} passed, {click.style(f'{failed} failed', fg='red')}"]
    for check in checks:
        if not check.passed:
            said = "is matched" if check.key == NO_MATCH else "is not matched"
            lines.append(f"    {check.key}[{check.number}] {said}: {clean(check.why)}")
    return lines


def _summary(passed: int, failed: int, unread: int, without: int) -> str:
    parts = [f"{counted(passed, 'example')} passed", f"{failed:,} failed"]
    parts += [f"{counted(unread, 'file')} cannot be read"] if unread else []
    parts += [f"{counted(without, 'file')} without examples"] if without else []
    return ", ".join(parts)
