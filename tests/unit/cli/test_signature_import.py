"""The ``signature import`` command: what it writes, what it says, and that it overwrites nothing unasked."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gerritbot_er.cli import main


def run(*words: object) -> Result:
    result = CliRunner().invoke(main, ["signature", "import", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    folder = tmp_path / "queries"
    folder.mkdir()
    (folder / "1.yaml").write_text('query: message:"disk full" AND tags:"console"\n')
    (folder / "2.yaml").write_text('query: >\n  message:"a" AND\n  filename:"logs/screen-n-cpu.txt"\n')
    (folder / "README.rst").write_text("no signature\n")
    return folder


SAID = """\
1.yaml: unchanged
2.yaml: mended
  3:12: filename holds the bare name today; it is asked for "screen-n-cpu.txt"
3.yaml: refused
  1:13: no document of today has a field type; ask for words of the message instead

carried over as they are: 1 of 3
mended: 1 of 3
 1  paths in filename and tags: the bare name
refused: 1 of 3
 1  a field that no document has
"""


def test_each_file_is_told_and_written_unless_refused(queries: Path, tmp_path: Path) -> None:
    (queries / "3.yaml").write_text('query: type:"jenkins" AND message:"a"\n')
    target = tmp_path / "new" / "signatures"
    result = run(queries, "--to", target)
    assert result.exit_code == 1
    assert "\n".join(line.rstrip() for line in result.stdout.splitlines()) + "\n" == SAID
    assert {path.name: path.read_text() for path in target.iterdir()} == {
        "1.yaml": 'query: message:"disk full" AND tags:"console"\n',
        "2.yaml": 'query: >-\n  message:"a" AND filename:"screen-n-cpu.txt"\n',
    }


def test_a_line_of_json_for_each_file(queries: Path) -> None:
    result = run(queries, "--dry-run", "--json")
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"file": "1.yaml", "outcome": "unchanged", "remarks": []},
        {
            "file": "2.yaml",
            "outcome": "mended",
            "remarks": [
                {
                    "line": 3,
                    "column": 12,
                    "rule": "bare-filename",
                    "message": 'filename holds the bare name today; it is asked for "screen-n-cpu.txt"',
                }
            ],
        },
    ]


def test_nothing_is_written_where_a_file_is_in_the_way(queries: Path, tmp_path: Path) -> None:
    target = tmp_path / "signatures"
    target.mkdir()
    (target / "2.yaml").write_text("query: mine\n")
    result = run(queries, "--to", target)
    assert result.exit_code == 1
    assert result.stderr == (
        f"{target / '2.yaml'} is there already and would change; nothing was written; --overwrite replaces it\n"
    )
    assert [path.name for path in target.iterdir()] == ["2.yaml"]
    assert (target / "2.yaml").read_text() == "query: mine\n"
    assert run(queries, "--to", target, "--overwrite").exit_code == 0
    assert "screen-n-cpu" in (target / "2.yaml").read_text()
    assert run(queries, "--to", target).exit_code == 0  # what is the same already is in nobody's way


def test_a_look_alone_writes_nothing(queries: Path, tmp_path: Path) -> None:
    target = tmp_path / "signatures"
    assert run(queries, "--to", target, "--dry-run").exit_code == 0
    assert not target.exists()


def test_what_cannot_be_done_is_wrong_usage(tmp_path: Path, queries: Path) -> None:
    assert run(queries).exit_code == 2
    assert run(tmp_path, "--dry-run").exit_code == 2


def test_a_file_that_cannot_be_read_is_refused(queries: Path) -> None:
    (queries / "4.yaml").write_bytes(b"query: \xff\n")
    result = run(queries, "--dry-run")
    assert result.exit_code == 1
    assert "4.yaml: refused\n  1:1: is no UTF-8; save it as UTF-8\n" in result.stdout
