"""A folder of log files on disk, matched without a server."""

import gzip
import os
import tarfile
from pathlib import Path

import pytest

from gerritbot_er.errors import Permanent
from gerritbot_er.logs.local import match_folder
from gerritbot_er.model import BuildAnswer, Evidence, Match, Signature

CAPTURED = Path("../shared/data/events/captured-zuul/logs.tar.gz")
DISK = Signature("disk", 'message:"No space left on device"')
TIME = Signature("time", 'message:"RUN END RESULT_TIMED_OUT" AND tags:"console"')


def test_packed_files_links_and_pipes(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "job-output.txt").write_text("fine\n")
    (tmp_path / "logs/app.log.gz").write_bytes(gzip.compress(b"fine\ncp: No space left on device\n"))
    (tmp_path / "logs/cut.log.gz").write_bytes(gzip.compress(os.urandom(500))[:-99])
    (tmp_path / "link.log").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.log")
    assert match_folder(tmp_path, [DISK, TIME], year=2026) == BuildAnswer(
        (Match("disk", Evidence("cp: No space left on device", "logs/app.log.gz", 2)),),
        partial=True,
        notes=("logs/cut.log.gz: the packed bytes end too early: the file was cut, or is still being written",),
    )


def test_one_file_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "what.ever"
    path.write_text("No space left on device")
    assert [match.signature for match in match_folder(path, [DISK], year=2026).matches] == ["disk"]


def test_a_folder_without_logs_and_none_at_all(tmp_path: Path) -> None:
    assert match_folder(tmp_path, [DISK], year=2026) == BuildAnswer(absent=True)
    with pytest.raises(Permanent) as caught:
        match_folder(tmp_path / "none", [DISK], year=2026)
    assert str(caught.value) == f"{tmp_path}/none is no folder: give a folder of log files, or one log file"


@pytest.mark.skipif(not CAPTURED.is_file(), reason="needs ../shared/data (the log tree of a real Zuul)")
def test_the_log_tree_of_a_real_zuul(tmp_path: Path) -> None:
    with tarfile.open(CAPTURED) as archive:
        archive.extractall(tmp_path, filter="data")
    reply = Signature("reply", 'message:"Timed out waiting for a reply to message ID" AND tags:"screen-n-cpu.txt"')
    answer = match_folder(tmp_path, [TIME, reply], year=2026)
    assert not answer.partial
    found = {match.signature: match.evidence for match in answer.matches}
    assert found["time"] is not None
    assert found["time"].file.endswith("/job-output.txt")
    assert found["time"].line.startswith("RUN END RESULT_TIMED_OUT: [untrusted : ")
    assert found["reply"] is not None
    assert found["reply"].file.endswith("/controller/logs/screen-n-cpu.txt")
