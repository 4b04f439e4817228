"""The commands of a signature author as they are seen: ``signature lint``, ``test``, ``new`` and ``schema``."""

import gzip
import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from gerritbot_er.cli import main

GOOD = (
    'title: t\nadvice: fix\nquery: >-\n  message:"disk is full" AND\n  tags:"console"\n'
    "examples:\n  match: [the disk is full]\n  no-match: [a full disk]\n"
)


def run(*words: str | Path, stdin: bytes = b"") -> Result:
    result = CliRunner().invoke(main, ["signature", *map(str, words)], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    made = Path("signatures")
    made.mkdir()
    (made / "good.yaml").write_text(GOOD)
    return made


# -- lint


def test_nothing_to_say(folder: Path) -> None:
    result = run("lint", folder)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "1 file: nothing found\n")


def test_what_lint_says_to_people(folder: Path) -> None:
    (folder / "bad.yaml").write_text('query: >-\n  message:"x\ty" AND\n  tags:screen-n-cpu.txt\nadvice: fix\n')
    (folder / "hints.yaml").write_text('query: message:"a b" AND build_queue:gate\n')
    (folder / "latin.yaml").write_bytes(b"query: a\ntitle: caf\xe9\n")
    result = run("lint", folder)
    assert result.exit_code == 1
    assert result.stderr == "4 files: 1 error, 1 warning, 3 hints\n"
    assert result.stdout == (
        "signatures/bad.yaml:3:3: warning[unquoted] without quotes any one of its words is enough (screen, n, cpu.txt)"
        "; put it in quotes\n"
        "    3    tags:screen-n-cpu.txt\n"
        "         ^^^^^^^^^^^^^^^^^^^^^\n"
        '       = write  tags:"screen-n-cpu.txt"\n'
        "signatures/hints.yaml:1:26: hint[scope-in-query] the key pipelines says the same, exactly and before any log "
        "is read, and here names that only contain it are matched as well\n"
        '    1  query: message:"a b" AND build_queue:gate\n'
        "                                ^^^^^^^^^^^^^^^^\n"
        "       = write  pipelines: [gate]\n"
        "signatures/latin.yaml:2:1: error[file] is no UTF-8; save it as UTF-8\n"
        "signatures/bad.yaml: hint[missing] title and examples would tell people more\n"
        "signatures/hints.yaml: hint[missing] title, advice and examples would tell people more\n"
    )


def test_no_name_of_a_file_speaks_to_the_terminal(folder: Path) -> None:
    (folder / "good.yaml").rename(folder / "a\x1b]0;title\x07\nb.yaml")
    (folder / "bad\x1b[31m.yaml").write_text("query: (\n")
    assert run("lint", folder).stdout == (
        "signatures/bad\ufffd[31m.yaml:1:9: error[query] something must follow (; complete the query, or quote what is "
        "meant literally\n"
        "    1  query: (\n"
        "               ^\n"
        "signatures/bad\ufffd[31m.yaml: hint[missing] title, advice and examples would tell people more\n"
    )
    result = run("test", folder)
    assert result.stdout == (
        "signatures/a\ufffd]0;title\ufffd\ufffdb.yaml: 2 passed\n"
        "signatures/bad\ufffd[31m.yaml:1:9: query: something must follow (; complete the query, or quote what is meant "
        "literally\n"
    )


def test_hints_alone_are_fine(folder: Path) -> None:
    (folder / "good.yaml").write_text('query: message:"a b"\n')
    assert run("lint", folder).exit_code == 0


def test_a_long_line_is_shown_where_it_matters(folder: Path) -> None:
    (folder / "good.yaml").write_text(f'query: message:"{"x " * 80}" AND a-b AND message:"{"y " * 80}"\n')
    lines = run("lint", folder).stdout.splitlines()
    at = lines[1].index("a-b")
    assert (lines[2], len(lines[1]) < 120) == (" " * at + "^^^", True)


def test_what_lint_says_to_programs(folder: Path) -> None:
    (folder / "good.yaml").write_text(f"{GOOD}voting: 1\n")
    (folder / "z.yaml").write_text(f"{GOOD.replace('full', 'fully')}results: failure\n")
    result = run("lint", folder, "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "file": "signatures/good.yaml",
            "line": 9,
            "column": 1,
            "level": "error",
            "rule": "schema",
            "message": 'there is no key "voting"; take it out',
            "mended": None,
        },
        {
            "file": "signatures/z.yaml",
            "line": 9,
            "column": 10,
            "level": "warning",
            "rule": "scope-pattern",
            "message": "the result words of CIs are in capitals, and case counts here",
            "mended": "FAILURE",
        },
    ]


def test_lint_of_single_files_and_of_an_index_of_old(folder: Path) -> None:
    (folder / "old.yaml").write_text(GOOD.replace('tags:"console"', 'filename:"logs/screen-n-cpu.txt"'))
    assert run("lint", folder / "good.yaml").exit_code == 0
    assert run("lint", folder / "good.yaml", folder / "old.yaml").exit_code == 1
    assert "path-in-filename" not in run("lint", folder / "old.yaml", "--fields", "logstash-legacy").stdout


def test_control_characters_of_a_file_do_not_reach_the_terminal(folder: Path) -> None:
    (folder / "good.yaml").write_text('query: "a-b\\x1b[31m \u202e"\n')
    assert "\x1b" not in run("lint", folder).stdout
    assert "\u202e" not in run("lint", folder).stdout


# -- test


def test_examples_that_pass_and_fail(folder: Path) -> None:
    (folder / "bad.yaml").write_text(
        'query: message:"x y" AND message:"z"\nexamples:\n  match: [x y z, x y]\n  no-match: [z x y, a]\n'
    )
    (folder / "none.yaml").write_text("query: a\n")
    (folder / "wrong.yaml").write_text("query: (\n")
    result = run("test", folder)
    assert result.exit_code == 1
    assert result.stdout == (
        "signatures/bad.yaml: 2 passed, 2 failed\n"
        '    match[1] is not matched: message:"z" is not in it\n'
        '    no-match[0] is matched: message:"x y" and message:"z" are in it\n'
        "signatures/good.yaml: 2 passed\n"
        "signatures/none.yaml: no examples\n"
        "signatures/wrong.yaml:1:9: query: something must follow (; complete the query, or quote what is meant "
        "literally\n"
    )
    assert result.stderr == ("4 examples passed, 2 failed, 1 file cannot be read, 1 file without examples\n")


def test_examples_for_programs(folder: Path) -> None:
    (folder / "bad.yaml").write_text('query: message:"x y" OR tags:z\nexamples: {match: [a]}\n')
    (folder / "wrong.yaml").write_text("query: (\n")
    result = run("test", folder, "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert found[0] == {
        "file": "signatures/bad.yaml",
        "passed": 0,
        "failed": 1,
        "failures": [{"example": "match[0]", "why": 'none of message:"x y" and tags:z is in it'}],
    }
    assert found[1] == {"file": "signatures/good.yaml", "passed": 2, "failed": 0, "failures": []}
    assert found[2]["error"].startswith("signatures/wrong.yaml:1:9: query: something must follow")


def test_all_examples_pass(folder: Path) -> None:
    result = run("test", folder)
    assert (result.exit_code, result.stderr) == (0, "2 examples passed, 0 failed\n")


# -- new


def test_a_draft_from_a_line() -> None:
    result = run("new", "2026-03-04 10:11:12.131415 | node | disk is full on 10.0.0.3")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "title: disk is full\n"
        "# bug: https://bugs.example.org/42\n"
        "query: >-\n"
        '  message:"disk is full"\n'
        "# category: infra, product or test\n"
        "# advice: recheck, wait, fix, or a sentence\n"
        "examples:\n"
        "  match:\n"
        '    - "node | disk is full on 10.0.0.3"\n'
        "  # no-match: lines that are like it and are not of this bug\n"
    )


def test_a_draft_from_a_file_says_which(tmp_path: Path) -> None:
    plain, packed = tmp_path / "screen-n-cpu.txt", tmp_path / "job-output.txt.gz"
    plain.write_text("one\ndisk is full\n")
    packed.write_bytes(gzip.compress(b"one\ndisk is full\n"))
    for file, clause in ((plain, 'filename:"screen-n-cpu.txt"'), (packed, 'tags:"console"')):
        result = run("new", f"{file}:2")
        assert result.exit_code == 0
        assert yaml.safe_load(result.stdout)["query"] == f'message:"disk is full" AND {clause}'
    assert run("new", f"{plain}:3").exit_code == 2


def test_a_draft_from_stdin_and_of_a_line_with_a_dash() -> None:
    assert 'message:"disk is full"' in run("new", "-", stdin=b"\n  \ndisk is full\nmore\n").stdout
    assert 'message:"--disk is full"' in run("new", "--disk is full").stdout
    assert 'message:"caf\ufffd is full"' in run("new", "-", stdin=b"caf\xe9 is full\n").stdout


def test_secrets_stay_out_of_drafts() -> None:
    shown = run("new", "login failed with password=hunter2hunter2 again and again").stdout
    assert "hunter2" not in shown
    assert 'message:"login failed with"' not in shown
    assert 'message:"login failed' in shown


def test_lines_that_say_nothing() -> None:
    result = run("new", "----")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "this line holds no word that can be looked for; choose another line of the failure\n"
    result = run("new", "ERROR")
    assert result.exit_code == 1
    assert result.stderr == (
        'line 4: message:"ERROR" is in the logs of nearly every failed build; say more of what the line of this bug '
        "holds\n"
    )
    assert run("new", "-", stdin=b"").exit_code == 1


def test_a_draft_lints_clean_and_passes(folder: Path) -> None:
    (folder / "new.yaml").write_text(run("new", "nova KeyError: 'x' in request 42 \\o/ \"q\"").stdout)
    assert run("lint", folder).exit_code == 0
    assert run("test", folder).exit_code == 0


# -- schema and usage


def test_the_schema_is_json() -> None:
    result = run("schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["title"] == "gerritbot-er signature"


def test_wrong_usage(tmp_path: Path) -> None:
    for command in ("lint", "test"):
        assert run(command).exit_code == 2
        assert run(command, tmp_path / "none").exit_code == 2
        result = run(command, tmp_path)
        assert result.exit_code == 2
        assert f"there is no signature file (*.yaml) in {tmp_path}" in result.stderr


@pytest.mark.parametrize("command", ["lint", "test", "new", "schema"])
def test_every_help_has_an_example(command: str) -> None:
    assert f"Example: gerritbot-er signature {command}" in run(command, "--help").stdout
