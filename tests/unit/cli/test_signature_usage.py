"""What an author gets wrong with the signature commands: what is named is no file, no text, or not theirs to read."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gerritbot_er.cli import main


def said(*words: str | Path) -> tuple[int, str]:
    """The exit status and the last line of stderr; nothing stands on stdout."""
    result = CliRunner(env={"XDG_CACHE_HOME": os.devnull}).invoke(
        main, ["signature", *map(str, words)], prog_name="gerritbot-er"
    )
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    assert result.stdout == ""
    return result.exit_code, result.stderr.splitlines()[-1]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, in no repository, with a folder of signatures."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "signatures").mkdir()
    return tmp_path


# -- what is searched for


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        (
            "signatures",
            "Error: signatures is a folder: name one of its files, or ask for the word with message:signatures",
        ),
        (" ", 'Error: the query is empty: write what the line holds, such as message:"No space left"'),
        ("", 'Error: the query is empty: write what the line holds, such as message:"No space left"'),
        ("nothing.yaml", "Error: there is no file nothing.yaml"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_is_no_query(wanted: str, answer: str) -> None:
    assert said("query", "--store", ".", "--", wanted) == (2, answer)


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        (
            "signatures",
            "Error: signatures is a folder: name one of its files, or a range of commits such as main..HEAD",
        ),
        ("signatures/nothing.yaml", "Error: there is no file signatures/nothing.yaml"),
        (f"{'x' * 300}\n", f"Error: '{'x' * 200}' is no file, and no range of commits such as main..HEAD"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_is_no_file_and_no_range(wanted: str, answer: str) -> None:
    assert said("backtest", "--store", ".", "--", wanted) == (2, answer)


def test_a_range_is_looked_up_in_the_repository_of_the_current_folder(here: Path) -> None:
    answer = (
        f"git cannot be asked about commits in {here}: go to the repository of the signatures, or name a file (fatal: "
        "not a git repository (or any of the parent directories): .git)"
    )
    assert said("backtest", "main..HEAD", "--store", ".") == (78, answer)


# -- where a draft comes from


def test_a_packed_log_that_is_cut_or_none(here: Path) -> None:
    packed = gzip.compress(b"the disk is full\n" * 10_000)
    for name, data, why in (
        ("cut.log.gz", packed[:40], "Compressed file ended before the end-of-stream marker was reached"),
        ("plain.log.gz", b"the disk is full\n", "Not a gzipped file (b'th')"),
    ):
        (here / name).write_bytes(data)
        assert said("new", f"{name}:9000") == (
            2,
            f"Error: {name} cannot be unpacked up to line 9000 ({why}); unpack it yourself",
        )
    (here / "torn.log.gz").write_bytes(packed[:12] + b"\xff" * 20)
    assert said("new", "torn.log.gz:1")[0] == 2


@pytest.mark.usefixtures("here")
def test_the_place_of_a_line_in_no_file_is_no_line() -> None:
    answer = "Error: there is no file job-output.txt; a line that looks so is read from stdin, with -"
    assert said("new", "job-output.txt:12") == (2, answer)
    result = CliRunner().invoke(main, ["signature", "new", f"{'the disk ' * 100}at:12"])
    assert (result.exit_code, 'message:"the disk the disk ' in result.stdout) == (0, True)


# -- names of files that are no UTF-8


@pytest.mark.parametrize("redirection", ["", ">&-"])
@pytest.mark.parametrize("command", [("lint",), ("lint", "--json"), ("test", "--json"), ("import", "--json")])
def test_any_name_of_a_file_can_be_written(tmp_path: Path, command: tuple[str, ...], redirection: str) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.yaml")).write_text("title: no query\n")
    arguments = [*command, str(tmp_path), *(["--dry-run"] if command[0] == "import" else [])]
    started = ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "gerritbot_er", "signature"]
    result = subprocess.run(
        [*started, *arguments],
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, b"Traceback" in result.stderr) == (1, False)
    if "--json" in command and not redirection:
        [told] = map(json.loads, result.stdout.splitlines())
        assert os.fsencode(told["file"]).endswith(b"caf\xe9.yaml")
