"""The demo as a newcomer runs it: its words whole, its end by itself, and its comment in the README."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gerritbot_er.cli.demo import running, sandbox
from gerritbot_er.errors import Transient
from gerritbot_er.sandbox import story

from .daemon_running import PATIENCE, eventually
from .ssh_client import Client

COMMAND = [sys.executable, "-m", "gerritbot_er", "demo"]
README = Path(__file__).resolve().parents[2] / "README.rst"

COMMENT = """\
Known bug: the image registry refused the pull (rate limit)

unit-tests failed with it. job-output.txt line 201 says:

    ubuntu-noble | Error response from daemon: toomanyrequests: You have reached your pull rate limit. You may increase\
 the limit by authenticating and upgrading: https://www.docker.c…

CI/t/example/build/UUID/log/job-output.txt#201

Seen only on this change so far.
What to do: wait a while for the limit to pass, then run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case ID"""

WHOLE = f"""\
=== A change fails its checks: example/widgets 1,1

Keep the widget index between two requests

Patch Set 1: Verified-1

Build failed (check pipeline).  For information on how to proceed, see
https://docs.opendev.org/opendev/infra-manual/latest/developers.html#automated-testing

CI/t/example/buildset/UUID

- lint CI/t/example/build/UUID : SUCCESS in 1m 04s
- unit-tests CI/t/example/build/UUID : FAILURE in 1m 57s
- docs CI/t/example/build/UUID : SUCCESS in 2m 31s
- unit-tests-next-python CI/t/example/build/UUID : FAILURE in 1m 38s (non-voting)

=== gerritbot-er comments on the change

Patch Set 1:

{COMMENT}

=== gerritbot-er says on IRC, in #widgets

<erbot> example/widgets 1,1 (check): unit-tests failed: the image registry refused the pull (rate limit) - \
https://review.example.org/c/example/widgets/+/1

That was all: the comment and the notice came from the real daemon, and the log line from the logs.
"""


def normalised(text: str) -> str:
    text = re.sub(r"http://127\.0\.0\.1:\d+|https://zuul\.example\.org", "CI", text)
    return re.sub(r"case [0-9a-f]{12}\b", "case ID", re.sub(r"\b[0-9a-f]{32}\b", "UUID", text))


def asked(root: str, path: str) -> dict[str, Any]:
    """The JSON of one of the daemon's pages."""
    with urllib.request.urlopen(f"http://127.0.0.1:{urlsplit(root).port}/{path}", timeout=30) as answer:
        return dict(json.load(answer))


def test_the_demo_tells_the_whole_story_to_a_pipe() -> None:
    done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert normalised(done.stdout) == WHOLE


def test_the_readme_shows_the_comment_of_the_demo() -> None:
    indented = "\n".join(f"    {line}" if line else "" for line in COMMENT.splitlines())
    assert indented in normalised(README.read_text())


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_kept_it_says_how_to_connect_and_leaves_nothing_when_it_is_ended(ending: signal.Signals) -> None:
    with subprocess.Popen([*COMMAND, "--keep"], stdout=subprocess.PIPE, text=True) as kept:
        assert kept.stdout is not None
        shown = ""
        while "status -c " not in shown:
            told = kept.stdout.readline()
            assert told, shown  # it has ended: more will not come
            shown += told
        config = shown.split("status -c ")[1].strip()
        status = subprocess.run(
            [sys.executable, "-m", "gerritbot_er", "status", "-c", config],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        pages = shown.split("Pages:   ")[1].splitlines()[0]
        now = asked(pages, "now.json")
        kept.send_signal(ending)
        assert kept.wait(30) == 0
    assert [one["named"]["title"] for one in now["bugs"]["bugs"]] == [
        "the image registry refused the pull (rate limit)"
    ]
    assert re.search(rf"gerritbot-er case ([0-9a-f]{{12}}) {pages}case/\1\n", shown)
    assert re.search(r"""Answer:  echo '{"message": "er: wrong bug"}' \| ssh .* gerrit review --json 1,1\n""", shown)
    assert "cases: 0 open; 1 done\n" in status.stdout
    assert re.search(r"gerrit stream-events\n", shown)
    assert not Path(config).parent.exists()


def test_the_author_may_answer_and_finds_the_answer_on_the_pages() -> None:
    with sandbox(pages=True) as world, running(world):
        failed = story.fail(world.gerrit, world.ci)
        world.gerrit.wait_for_message(failed.change, lambda m: m.author.username == "gerritbot-er", PATIENCE)
        client = Client(world.gerrit, story.AUTHOR, world.folder / "author-key")
        assert client.review("1,1", message="er: wrong bug") == (0, "", "")
        client.ssh.close()

        def replies() -> list[str]:
            assert world.pages is not None
            page = asked(world.pages, "change/1.json")
            return [f"{one['author']}: {one['judgement']}" for one in page["replies"]]

        assert eventually("a reply on the page", replies) == ["dev: wrong bug"]


def test_a_story_that_does_not_come_to_its_end_says_so() -> None:
    with sandbox() as world, pytest.raises(Transient) as said, running(world, patience=0.0):
        raise AssertionError("the daemon was there before it could be")
    assert str(said.value) == (
        "the story did not come to its end: gerritbot-er opened no event stream within 0 s; try it again"
    )


def test_a_second_failure_of_the_same_kind_is_one_short_line() -> None:
    with sandbox() as world, running(world):
        first = story.fail(world.gerrit, world.ci)
        world.gerrit.wait_for_message(first.change, lambda m: m.author.username == "gerritbot-er", PATIENCE)
        again = world.ci.add_buildset(first.change, 1, project=story.PROJECT, ref_url="https://review.example.org/1")
        build = world.ci.add_build(again, story.JOB, "FAILURE", duration=9.0)
        world.ci.upload_logs(build.uuid, {"job-output.txt": b"toomanyrequests: pull rate limit\n"})
        world.gerrit.comment(story.CI_ACCOUNT, first.change, world.ci.comment(again))
        message = world.gerrit.wait_for_message(first.change, lambda m: "Known bug again" in m.text, PATIENCE)
    assert normalised(message.text) == (
        "Patch Set 1:\n\n"
        "Known bug again, the second time on this patch set: the image registry refused the pull (rate limit)\n"
        "gerritbot-er case ID"
    )
