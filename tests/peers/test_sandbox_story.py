"""The demo's story, told to a sandbox Gerrit and a sandbox CI."""

import re
import urllib.request
from pathlib import Path

from gerritbot_er.sandbox import story, story_logs
from gerritbot_er.sandbox.ci import SandboxCI
from gerritbot_er.sandbox.gerrit import SandboxGerrit, new_key


def test_the_change_fails_and_its_console_holds_the_cause(tmp_path: Path) -> None:
    with SandboxGerrit() as gerrit, SandboxCI() as ci:
        story.add_accounts(gerrit, "gerritbot-er", new_key(tmp_path / "id"))
        failed = story.fail(gerrit, ci)
        uuids = [build.uuid for build in failed.buildset.builds]
        root = f"{ci.url}/t/example"
        assert [message.text for message in gerrit.messages(failed.change)] == [
            "Uploaded patch set 1.",
            (
                "Patch Set 1: Verified-1\n"
                "\n"
                "Build failed (check pipeline).  For information on how to proceed, see\n"
                "https://docs.opendev.org/opendev/infra-manual/latest/developers.html#automated-testing\n"
                "\n"
                f"{root}/buildset/{failed.buildset.uuid}\n"
                "\n"
                f"- lint {root}/build/{uuids[0]} : SUCCESS in 1m 04s\n"
                f"- unit-tests {root}/build/{uuids[1]} : FAILURE in 1m 57s\n"
                f"- docs {root}/build/{uuids[2]} : SUCCESS in 2m 31s\n"
                f"- unit-tests-next-python {root}/build/{uuids[3]} : FAILURE in 1m 38s (non-voting)"
            ),
        ]
        with urllib.request.urlopen(f"{failed.build.log_url}job-output.txt") as answer:  # noqa: S310 - our own server
            assert story.CAUSE in answer.read().decode()


def test_logs_may_come_after_the_report(tmp_path: Path) -> None:
    with SandboxGerrit() as gerrit, SandboxCI() as ci:
        story.add_accounts(gerrit, "gerritbot-er", new_key(tmp_path / "id"))
        failed = story.fail(gerrit, ci, upload=False)
        assert failed.build.log_url is None
        assert story.upload_logs(ci, failed) == failed.build.log_url


def test_the_files_are_the_same_in_every_run_and_look_like_a_zuul_console() -> None:
    files = story_logs.files()
    assert files == story_logs.files()
    assert sorted(files) == [
        "job-output.json",
        "job-output.txt",
        "ubuntu-noble/docker/daemon.log",
        "ubuntu-noble/pip-freeze.txt",
        "zuul-info/inventory.yaml",
    ]
    lines = files["job-output.txt"].decode().splitlines()
    assert len(lines) > 200
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} \| ", line) for line in lines)
    assert sorted(lines) == lines
    assert sum(story.CAUSE in line for line in lines) == 3
