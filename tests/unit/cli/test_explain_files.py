"""The ``explain`` command on files of this machine, and on what is no target."""

import gzip
import json
import os
import re
import tarfile
from pathlib import Path

import pytest

from tests.peers.explaining import CONSOLE, explain

DATA = Path("../shared/data")


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "job-output.txt.gz").write_bytes(gzip.compress(CONSOLE))
    (tmp_path / "cut.log.gz").write_bytes(gzip.compress(b"x\n" * 1000)[:-9])
    (tmp_path / "x.png").write_bytes(b"\0")
    result = explain(tmp_path)
    assert (result.exit_code, result.stdout) == (
        0,
        (
            f"Logs at {tmp_path}\n"
            "To search: 2 text logs: deep/job-output.txt.gz, cut.log.gz\n"
            "Not searched: 1 other file, no log by name or kind: x.png\n"
            "Left out: cut.log.gz: the packed bytes end too early: the file was cut, or is still being written\n"
            "Asked: 30 of 30 signatures; of the build nothing else is known, so their scopes are left aside.\n"
            "Known bug: the disk of a test machine is full [disk-full]\n"
            "  deep/job-output.txt.gz line 2:\n"
            "      node | cp: No space left on device\n"
            "  What to do: this is known and not caused by your change. Run CI again.\n"
        ),
    )


def test_one_file_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.data").write_bytes(b"all is well\n")
    result = explain(tmp_path / "x.data")
    assert (result.exit_code, result.stdout) == (
        0,
        (
            f"Logs at {tmp_path}/x.data\n"
            "To search: 1 text log: x.data\n"
            "Asked: 30 of 30 signatures; of the build nothing else is known, so their scopes are left aside.\n"
            "No known bug matches.\n"
        ),
    )


def test_an_empty_folder(tmp_path: Path) -> None:
    result = explain(tmp_path)
    assert (result.exit_code, result.stdout) == (
        75,
        (
            f"Logs at {tmp_path}\n"
            "Not searched: there is no text log\n"
            "Asked: 30 of 30 signatures; of the build nothing else is known, so their scopes are left aside.\n"
            "There is nothing to search. See whether the address is right, or try again when the logs are there.\n"
        ),
    )


def test_a_folder_without_signatures(tmp_path: Path) -> None:
    result = explain(tmp_path, "--signatures", tmp_path)
    assert (result.exit_code, result.stdout) == (78, "")
    assert result.stderr == f"there is no signature in {tmp_path}; name a folder with --signatures\n"


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("", "'' is no build, change, URL or folder: give the URL of a build's page at Zuul"),
        ("nowhere/at/all", "'nowhere/at/all' is no build, change, URL or folder: give"),
        ("x" * 5000, "is no build, change, URL or folder: give"),
        ("0", "'0' is no build, change, URL or folder: give"),
        ("ftp://logs.example.org/1/", "'ftp://logs.example.org/1/' is not asked: only http and https URLs"),
        ("https://me:secret@logs.example.org/", "is not asked: it holds a user name or a password"),
        ("https://logs.example.org:x/", "is no URL: Port could not be cast"),
        (
            f"https://zuul.example.org/build/{'0' * 32}",
            f"does not tell the tenant: write it as https://zuul.example.org/t/TENANT/build/{'0' * 32}",
        ),
        (
            f"https://ci.example.org/zuul/build/{'0' * 32}/console",
            f"does not tell the tenant: write it as https://ci.example.org/zuul/t/TENANT/build/{'0' * 32}",
        ),
        (
            "https://zuul.example.org/t/main/build/None",
            "is what Zuul writes for a build that never started: there is nothing to explain",
        ),
    ],
)
def test_what_is_no_target(target: str, says: str) -> None:
    result = explain(target)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())
    assert "secret" not in result.stderr


def test_captured_logs_of_a_real_zuul(tmp_path: Path) -> None:
    archive = DATA / "events/captured-zuul/logs.tar.gz"
    if not archive.exists():
        pytest.skip(f"{archive} is not here")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    signatures = tmp_path / "signatures"
    signatures.mkdir()
    (signatures / "ends.yaml").write_text('query: message:"PLAY RECAP" AND tags:console\n')
    folders = sorted(path.parent for path in tmp_path.rglob("job-output.txt"))
    assert folders
    for folder in folders:
        result = explain(folder, "--signatures", signatures, "--json")
        found = json.loads(result.stdout)
        lines = (folder / "job-output.txt").read_text().splitlines()
        there = [number for number, line in enumerate(lines, start=1) if "PLAY RECAP" in line]
        assert [bug["number"] for bug in found["bugs"]] == there[:1]
        assert "job-output.txt" in found["files"]["searched"]
        assert "zuul-manifest.json" in found["files"]["others"]
        assert result.exit_code == 0


def test_real_logs_of_a_gate(tmp_path: Path) -> None:
    folder = DATA / "logs"
    if not folder.exists():
        pytest.skip(f"{folder} is not here")
    (tmp_path / "api.yaml").write_text('query: filename:"screen-c-api.txt" AND message:"Starting"\n')
    result = explain(folder, "--signatures", tmp_path, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert {"console.html.gz", "screen-c-api.txt.gz"} <= set(found["files"]["searched"])
    with gzip.open(folder / "screen-c-api.txt.gz", "rt", errors="replace") as file:
        first = next(
            (n for n, line in enumerate(file, start=1) if re.search(r"\bstarting\b", line, re.IGNORECASE)), None
        )
    assert [bug["number"] for bug in found["bugs"]] == ([first] if first else [])


def test_nothing_of_an_environment_is_needed(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("x\n")
    assert explain(tmp_path, env=dict.fromkeys(os.environ, "")).exit_code == 0


def test_what_nearly_matched_is_told_with_what_it_lacks(tmp_path: Path) -> None:
    logs, signatures = tmp_path / "logs", tmp_path / "signatures"
    logs.mkdir()
    signatures.mkdir()
    request = "req-11111111-1111-4111-8111-111111111111"
    (logs / "q-svc.log").write_text(
        f"2026-11-21 10:00:00 [{request}] binding failed\n2026-11-21 10:00:00 password=hunter2 No space left\n"
    )
    (logs / "n-cpu.log").write_text(f"2026-11-21 10:00:09 [{request}] spawn failed\n")
    (signatures / "binding.yaml").write_text(
        "title: a port could not be bound\nall_of: ['message:\"binding failed\"', 'message:\"spawn failed\"']\n"
        "within: 5s\nsame: request_id\n"
    )
    (signatures / "disk.yaml").write_text('query: message:"No space left" AND tags:"console"\n')
    (signatures / "far.yaml").write_text('query: message:"never" AND message:"nowhere" AND message:"spawn failed"\n')
    result = explain(logs, "--signatures", signatures)
    assert result.stdout.splitlines()[3:] == [
        "No known bug matches.",
        "Nearly: a port could not be bound [binding] would match, but nothing shows that the lines are within 5 s",
        "  q-svc.log line 1:",
        f"      2026-11-21 10:00:00 [{request}] binding failed",
        "  n-cpu.log line 1:",
        f"      2026-11-21 10:00:09 [{request}] spawn failed",
        'Nearly: disk [disk] would match, but tags:"console" is not in it',
        "  q-svc.log line 2:",
        "      2026-11-21 10:00:00 password=*** No space left",
    ]
    told = json.loads(explain(logs, "--signatures", signatures, "--json").stdout)
    assert [(one["signature"], one["lacks"], [line["number"] for line in one["lines"]]) for one in told["near"]] == [
        ("binding", "nothing shows that the lines are within 5 s", [1, 1]),
        ("disk", 'tags:"console" is not in it', [2]),
    ]
