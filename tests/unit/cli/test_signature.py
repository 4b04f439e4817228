"""The ``signature match`` command: its output, its ids, and what it says of lines and files that are of no use."""

import gzip
import hashlib
import json
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gerritbot_er.cli import main

DATA = Path("../shared/data")
DOCUMENTS = DATA / "documents/elastic-recheck-hits.ndjson"


def match(folder: Path, documents: Path | str, *words: str, stdin: bytes = b"") -> Result:
    command = ["signature", "match", str(folder), "--documents", str(documents), *words]
    result = CliRunner().invoke(main, command, input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "signatures"
    made.mkdir()
    (made / "b.yaml").write_text('query: message:"disk full"\n')
    (made / "a-1.yaml").write_text("query: filename:console.html\n")
    (made / "README.rst").write_text("no signature\n")
    return made


def write(folder: Path, *documents: object) -> Path:
    file = folder.parent / "documents.ndjson"
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in documents))
    return file


def test_a_line_for_each_file_in_the_order_of_names(folder: Path) -> None:
    documents = write(
        folder,
        {"message": "the Disk: full!", "filename": "job-output.txt"},
        {"message": "fine", "filename": "console.html"},
        {"message": ["disk", "full"], "filename": "console.html"},
    )
    result = match(folder, documents)
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        '{"signature": "a-1", "documents": [1, 2]}\n{"signature": "b", "documents": [0]}\n',
        "",
    )


def test_ids_are_the_documents_own_where_they_have_one(folder: Path) -> None:
    documents = write(
        folder, {"_doc": 7, "message": "disk full"}, "", {"message": "disk full"}, {"_doc": "x", "message": "disk full"}
    )
    assert match(folder, documents, "--json").stdout.splitlines()[1] == '{"signature": "b", "documents": [7, 2, "x"]}'


def test_the_fields_decide_what_is_analysed(folder: Path) -> None:
    (folder / "b.yaml").write_text("query: filename:console\n")
    documents = write(folder, {"message": "x", "filename": "The Console"}, {"message": "x", "filename": "console"})
    assert (
        match(folder, documents, "--fields", "opendev").stdout.splitlines()[1]
        == '{"signature": "b", "documents": [0, 1]}'
    )
    assert (
        match(folder, documents, "--fields", "logstash-legacy").stdout.splitlines()[1]
        == '{"signature": "b", "documents": [1]}'
    )


def test_the_query_alone_counts(folder: Path) -> None:
    (folder / "b.yaml").write_text(
        'query: message:"disk full"\nprojects: nobody\nresults: [SUCCESS]\ntest_ids: [a.b.c]\nof-another-version: 1\n'
    )
    documents = write(folder, {"message": "disk full", "voting": 0, "project": "somebody"})
    result = match(folder, documents)
    assert (result.exit_code, result.stdout.splitlines()[1]) == (0, '{"signature": "b", "documents": [0]}')


def test_packed_documents_and_stdin(folder: Path) -> None:
    packed = gzip.compress(b'{"message": "disk full"}\n')
    file = folder.parent / "documents.gz"
    file.write_bytes(packed)
    for result in (match(folder, file), match(folder, "-", stdin=packed), match(folder, "-", stdin=packed + packed)):
        assert result.exit_code == 0
        assert result.stdout.splitlines()[1].startswith('{"signature": "b", "documents": [0')


def test_lines_that_hold_no_document(folder: Path) -> None:
    documents = write(
        folder, {"message": "disk full"}, "no json", "[1]", "{", '{"_doc": null}', {"message": "disk full"}
    )
    documents.write_bytes(documents.read_bytes() + b'{"message": "\xff"}\n{"message": "disk full"}')
    result = match(folder, documents)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1] == '{"signature": "b", "documents": [0, 5, 7]}'
    assert result.stderr == (
        f"{documents}:2: this is no JSON; skipped\n"
        f"{documents}:3: this is no JSON object; skipped\n"
        f"{documents}:4: this is no JSON; skipped\n"
        f"{documents}:5: _doc has to be a number or a text; skipped\n"
        f"{documents}:7: this is no JSON; skipped\n"
        "5 lines skipped that hold no document\n"
    )


def test_of_many_bad_lines_the_first_are_told_and_all_are_counted(folder: Path) -> None:
    result = match(folder, write(folder, *["x"] * 50))
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 21
    assert result.stderr.splitlines()[-1] == "50 lines skipped that hold no document"


def test_a_packed_file_that_was_cut_loses_only_its_end(folder: Path) -> None:
    file = folder.parent / "documents.gz"
    file.write_bytes(gzip.compress(b'{"message": "disk full"}\n' * 3)[:-4])
    result = match(folder, file)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1] == '{"signature": "b", "documents": [0, 1, 2]}'
    assert result.stderr == (
        f"{file}:4: nothing more could be read: the packed bytes end too early: the file was cut, or is still being "
        "written; skipped\n1 line skipped that hold no document\n"
    )


def test_a_file_that_cannot_be_asked(folder: Path) -> None:
    (folder / "b.yaml").write_text('query: >-\n  message:"a" AND (tags:b\n')
    (folder / "c.yaml").write_text("title: no query\n")
    (folder / "d.yaml").write_bytes(b"query: \xff\n")
    (folder / "e.yaml").write_text("title: t\nall_of: [a, b]\nnone_of: [c]\n")
    result = match(folder, write(folder, {"message": "x", "filename": "console.html"}))
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert found[0] == {"signature": "a-1", "documents": [0]}
    assert found[1]["error"].startswith(f"{folder}/b.yaml:2:19: query: this parenthesis ")
    assert found[2:] == [
        {"signature": "c", "error": f"{folder}/c.yaml:1:1: query is missing; add it"},
        {"signature": "d", "error": f"{folder}/d.yaml:1:1: is no UTF-8; save it as UTF-8"},
        {
            "signature": "e",
            "error": (
                f"{folder}/e.yaml:2:1: all_of is about several lines: no document alone decides; try it with signature "
                "test, or with explain on a folder of logs"
            ),
        },
    ]


def test_a_folder_without_signatures(folder: Path, tmp_path: Path) -> None:
    result = match(tmp_path, write(folder, {"message": "x"}))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"there is no signature file (*.yaml) in {tmp_path}\n"


def test_wrong_usage(folder: Path) -> None:
    for words in ((folder / "none", "x"), (folder, folder / "none"), (folder / "b.yaml", folder / "b.yaml")):
        result = match(*words)
        assert result.exit_code == 2
    assert match(folder, write(folder), "--fields", "other").exit_code == 2


def test_every_help_has_an_example() -> None:
    for words in (["signature"], ["signature", "match"]):
        shown = CliRunner().invoke(main, [*words, "--help"]).stdout
        assert "Example: gerritbot-er signature match" in shown


def _rows(name: str) -> dict[str, list[int]]:
    lines = (DATA / "signatures" / name).read_text().splitlines()
    return {file: json.loads(ids) for file, _, ids in (line.split("\t") for line in lines)}


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """The folder of all versions of elastic-recheck's files."""
    archive = DATA / "signatures/elastic-recheck-history.tar.gz"
    if not archive.exists() or not DOCUMENTS.exists():
        pytest.skip(f"{DATA} is not here")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    return next(path.parent for path in tmp_path.rglob("*__*.yaml"))


def test_the_live_files_match_as_lucene_does(history: Path) -> None:
    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    rows = _rows("lucene87_matches_modern.tsv")
    expected = {digest(path): rows[path.name] for path in history.glob("*.yaml")}
    live = DATA / "signatures/live"
    result = match(live, DOCUMENTS, "--fields", "opendev")
    assert (result.exit_code, result.stderr) == (0, "")
    found = {(one := json.loads(line))["signature"]: one["documents"] for line in result.stdout.splitlines()}
    assert found == {path.stem: expected[digest(path)] for path in live.glob("*.yaml")}
    assert len(found) == 48


@pytest.mark.parametrize(
    ("fields", "oracle"),
    [("opendev", "lucene87_matches_modern.tsv"), ("logstash-legacy", "lucene87_matches_legacy.tsv")],
)
def test_all_files_match_as_lucene_does(history: Path, fields: str, oracle: str) -> None:
    result = match(history, DOCUMENTS, "--fields", fields)
    assert (result.exit_code, result.stderr) == (0, "")
    found = {f"{(one := json.loads(line))['signature']}.yaml": one["documents"] for line in result.stdout.splitlines()}
    assert found == _rows(oracle)
    assert len(found) == 754
