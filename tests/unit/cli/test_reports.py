"""The ``reports`` command: what scripts read from it, and what it says of files that are not what they should be."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gerritbot_er.cli import main

CHANGE = {"project": "openstack/nova", "branch": "master", "number": 800123, "status": "NEW"}
UUID = "736ff6efec4c4a22a103401bcd321d8d"
ROOT = "https://zuul.example.org/t/openstack"
ZUUL_TEXT = (
    f"Patch Set 4: Verified-1\n\nBuild failed (check pipeline).\n{ROOT}/buildset/{'f' * 32}\n\n"
    f"- nova-next {ROOT}/build/{UUID} : NODE_FAILURE Node request 200-0023 failed in 1m 01s (non-voting)\n"
    "- tox-py39 tox-py39 : FAILURE\n"
)
ZUUL_LINE = (
    '{"change":800123,"patchset":4,"project":"openstack/nova","ci":"zuul","pipeline":"check",'
    '"buildset":"ffffffffffffffffffffffffffffffff","failed":true,"reason":null,"builds":['
    '{"job":"nova-next","uuid":"736ff6efec4c4a22a103401bcd321d8d",'
    '"url":"https://zuul.example.org/t/openstack/build/736ff6efec4c4a22a103401bcd321d8d",'
    '"result":"NODE_FAILURE","detail":"Node request 200-0023 failed","elapsed":61,"voting":false},'
    '{"job":"tox-py39","uuid":null,"url":null,"result":"FAILURE","detail":null,"elapsed":null,"voting":true}]}\n'
)
JENKINS_TEXT = "Patch Set 4:\n\nBuild Successful \n\nhttps://jenkins.example.org/job/unit/7/ : SUCCESS"
JENKINS_LINE = (
    '{"change":800123,"patchset":4,"project":"openstack/nova","ci":"jenkins@example.org","pipeline":null,'
    '"buildset":null,"failed":false,"reason":null,"builds":['
    '{"job":"unit","uuid":null,"url":"https://jenkins.example.org/job/unit/7/",'
    '"result":"SUCCESS","detail":null,"elapsed":null,"voting":true}]}\n'
)
CONFLICT_LINE = (
    '{"change":800123,"patchset":4,"project":"openstack/nova","ci":"zuul","pipeline":null,"buildset":null,'
    '"failed":true,"reason":"Merge Failed. Please rebase.","builds":[]}\n'
)


def event(text: str, author: str = "zuul", **more: object) -> bytes:
    row = {"type": "comment-added", "author": {"username": author}, "comment": text, "change": CHANGE, **more}
    return json.dumps({"patchSet": {"number": 4}, "eventCreatedOn": 1700000000, **row}).encode() + b"\n"


def reports(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["reports", *arguments], input=io.BytesIO(stdin))


def test_reports_of_all_named_accounts_in_the_order_of_the_events(tmp_path: Path) -> None:
    plain, zipped = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    plain.write_bytes(
        event(ZUUL_TEXT)
        + event(JENKINS_TEXT, "jenkins@example.org")
        + event(ZUUL_TEXT, "a-person")
        + event("Patch Set 4:\n\nStarting check jobs.")
        + b'{"type":"ref-updated","eventCreatedOn":1700000000}\n\n'
        + b'{"type":"dropped-output","eventCreatedOn":1700000000}'
    )
    wrapped = {
        "source": "x",
        "tag": None,
        "event": json.loads(event("Patch Set 4:\n\nMerge Failed.\n\nPlease rebase.")),
    }
    zipped.write_bytes(gzip.compress(json.dumps(wrapped).encode()))
    result = reports(str(plain), str(zipped), "--ci", "zuul=zuul", "--ci", "jenkins=jenkins@example.org", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == ZUUL_LINE + JENKINS_LINE + CONFLICT_LINE


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_dash_is_stdin(pack: Callable[[bytes], bytes]) -> None:
    result = reports("-", "--ci", "zuul=zuul", stdin=pack(event(ZUUL_TEXT)))
    assert (result.exit_code, result.stdout) == (0, ZUUL_LINE)


def test_f09_lines_that_are_no_events_are_told_of_and_skipped(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"[]\n" + event(ZUUL_TEXT) + b"{\n" + event(ZUUL_TEXT, change=7))
    result = reports(str(file), "--ci", "zuul=zuul")
    assert (result.exit_code, result.stdout) == (0, ZUUL_LINE)
    first, second, third, total = result.stderr.splitlines()
    assert first == f"{file}:1: a line holds no JSON object; skipped"
    assert second.startswith(f"{file}:3: a line is no JSON: ")
    assert third == f"{file}:4: change is no object; skipped"
    assert total == "skipped 3 lines that hold no stream event"


def test_of_many_such_lines_the_first_are_told_of() -> None:
    result = reports("-", "--ci", "zuul=zuul", stdin=b"1\n" * 100)
    assert len(result.stderr.splitlines()) == 21
    assert result.stderr.endswith(
        "stdin:20: a line holds no JSON object; skipped\nskipped 100 lines that hold no stream event\n"
    )


def test_f10_a_line_without_end_is_skipped() -> None:
    result = reports("-", "--ci", "zuul=zuul", stdin=b"x" * (9 * 1024 * 1024) + b"\n" + event(ZUUL_TEXT))
    assert (result.exit_code, result.stdout) == (0, ZUUL_LINE)
    assert result.stderr == (
        "stdin:1: a line of more than 4,194,304 bytes; skipped\nskipped 1 line that holds no stream event\n"
    )


def test_a_cut_gzip_file_gives_what_it_holds_and_an_error(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl.gz"
    file.write_bytes(gzip.compress(event(ZUUL_TEXT))[:-4])
    result = reports(str(file), "--ci", "zuul=zuul")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{file}: the gzip data is damaged or cut after line ")
    assert result.stderr.endswith("; fetch the file again\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-", "--ci", "gitlab=bot"], "'gitlab=bot' is no CI; write zuul=ACCOUNT or jenkins=ACCOUNT"),
        (["-", "--ci", "zuul"], "'zuul' is no CI; write zuul=ACCOUNT or jenkins=ACCOUNT"),
        (["-"], "Missing option '--ci'."),
        (["--ci", "zuul=zuul"], "Missing argument 'EVENTS...'."),
        (["no-such-file", "--ci", "zuul=zuul"], "File 'no-such-file' does not exist."),
    ],
)
def test_wrong_usage(arguments: list[str], message: str) -> None:
    result = reports(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_help_shows_an_example() -> None:
    result = reports("--help")
    assert result.exit_code == 0
    assert "  gerritbot-er reports events.jsonl --ci zuul=zuul --ci jenkins=jenkins-bot\n" in result.stdout
