"""``signature backtest`` of the signatures that a range of commits changes."""

import os
import subprocess
from pathlib import Path

import pytest

from .backtesting import DISK_FULL, library, objects, shares, signature, thirty_builds, told


def git(folder: Path, *words: str) -> str:
    author = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": "/dev/null"}
    committer = {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_SYSTEM": "/dev/null"}
    done = subprocess.run(
        ["git", *words],  # noqa: S607 - the user's git, as the command takes it
        cwd=folder,
        env={**os.environ, **author, **committer},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")


@pytest.fixture
def retained(tmp_path: Path) -> Path:
    return thirty_builds(tmp_path)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One commit with two signatures, a second one that changes one of them and adds one, and what is none."""
    folder = tmp_path / "repository"
    library(
        folder / "queries", {"space": "query: message:space\n", "begin": "query: message:begin AND message:nothing\n"}
    )
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    library(
        folder / "queries", {"-new file": DISK_FULL, "begin": "query: message:nothing OR message:begin\njobs: docs\n"}
    )
    library(folder / "zuul.d", {"jobs": "- job:\n    name: x\n"})
    commit(folder)
    monkeypatch.chdir(folder)
    return folder


def test_the_changed_signatures_of_a_range_against_the_others(repository: Path, retained: Path, tmp_path: Path) -> None:
    git(repository, "checkout", "-q", "HEAD^")  # what lies in the folder does not matter

    result = signature("backtest", "HEAD..main", "--store", retained, "--json", cache=tmp_path)
    *found, whole = objects(result)

    assert told(result.stderr, tmp_path) == (
        "zuul.d/jobs.yaml is no signature file and is left out\n"
        "Searched 30 builds of the logs kept in TMP/retained in N s."
    )
    assert {one["signature"]: [*shares(one), one["newly_explained"], one["stolen"], one["lost"]] for one in found} == {
        "-new file": ["6/10", "1/20", 0, {"space": {"hit": 6, "of": 6}}, None],
        "begin": ["2/5", "0/0", 2, {}, 0],
    }
    assert whole["explained"] == {"before": {"hit": 6, "of": 10}, "after": {"hit": 8, "of": 10}}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("main", ["-new file", "begin"]),
        ("main^..", ["-new file", "begin"]),
        ("main^...main", ["-new file", "begin"]),
        ("main^", ["begin", "space"]),
        ("main..main", []),
    ],
)
def test_ranges(repository: Path, retained: Path, tmp_path: Path, wanted: str, names: list[str]) -> None:
    assert (repository / "queries").is_dir()
    result = signature("backtest", wanted, "--store", retained, "--json", "--limit", "100%", cache=tmp_path)
    assert [one["signature"] for one in objects(result)[:-1]] == names
    assert result.exit_code == 0


@pytest.mark.parametrize("wanted", ["--output=x", "-n", "a..b..c", "x;y", "nothing..main", "HEAD:queries", "..", ""])
def test_what_is_no_range_is_refused(repository: Path, retained: Path, tmp_path: Path, wanted: str) -> None:
    result = signature("backtest", "--store", retained, "--", wanted, cache=tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert {path.name for path in repository.iterdir()} == {".git", "queries", "zuul.d"}


def test_a_clone_without_its_files_is_told_how_to_get_them(
    repository: Path, retained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repository}", str(partial))
    monkeypatch.chdir(partial)

    result = signature("backtest", "main^..main", "--store", retained, cache=tmp_path)

    assert result.exit_code == 78
    assert result.stderr.endswith("; get what this partial clone lacks, with git fetch --refetch --no-filter\n")


def test_a_signature_of_the_range_that_cannot_be_read_fails_it(
    repository: Path, retained: Path, tmp_path: Path
) -> None:
    library(repository / "queries", {"bad": "query: (\n"})
    commit(repository)

    result = signature("backtest", "HEAD", "--store", retained, cache=tmp_path)

    assert result.exit_code == 1
    assert result.stderr.startswith("queries/bad.yaml:1:")
    assert result.stderr.endswith("HEAD changes no signature: there is nothing to try\n")
