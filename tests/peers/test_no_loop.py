"""A CI that starts a run on any comment with "recheck" or "reverify" in it, beside the daemon: no loop begins."""

import re
import threading
from typing import Self

from gerritbot_er.cli.demo import BOT, World, running, sandbox
from gerritbot_er.sandbox import story
from gerritbot_er.sandbox.gerrit_changes import Message

ANYWHERE = re.compile("recheck|reverify", re.IGNORECASE)
LOG = (
    b"2026-11-21 09:00:00.000001 | node | run recheck or reverify to try again\n"
    b"2026-11-21 09:00:01.000001 | node | recheck: toomanyrequests: pull rate limit reached, reverify later\n"
)


class RerunningCI:
    """Runs a change's job once more for each comment of others that its trigger finds; every run fails."""

    def __init__(self, world: World, job: str) -> None:
        self.runs = 0
        self._world = world
        self._job = job
        self._stop = threading.Event()
        self.change = world.gerrit.create_change(story.PROJECT, story.SUBJECT, owner=story.AUTHOR)
        self._thread = threading.Thread(target=self._watch, name="ci")

    def __enter__(self) -> Self:
        self.run()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def run(self) -> None:
        self.runs += 1
        buildset = self._world.ci.add_buildset(self.change, 1, project=story.PROJECT, ref_url="https://r.example.org/1")
        build = self._world.ci.add_build(buildset, self._job, "FAILURE", duration=9.0)
        self._world.ci.upload_logs(build.uuid, {"job-output.txt": LOG, "reverify.log": LOG})
        self._world.gerrit.comment(story.CI_ACCOUNT, self.change, self._world.ci.comment(buildset))

    def _watch(self) -> None:
        answered = 0
        while not self._stop.wait(0.05):
            asked = [m for m in self._world.gerrit.messages(self.change) if self.is_set_off(m)]
            for _ in asked[answered:]:
                answered += 1
                self.run()

    def is_set_off(self, message: Message) -> bool:
        return message.author.username != story.CI_ACCOUNT and ANYWHERE.search(message.text) is not None


def test_f27_whatever_logs_and_jobs_are_called_the_ci_runs_only_when_people_ask_it_to() -> None:
    with sandbox() as world, running(world), RerunningCI(world, "recheck-reverify") as ci:
        first = world.gerrit.wait_for_message(ci.change, lambda m: m.author.username == BOT, 60)
        assert not ci.is_set_off(first)
        world.gerrit.comment(story.AUTHOR, ci.change, "recheck")
        world.gerrit.wait_for_message(ci.change, lambda m: m.text.endswith("+") or "Known bug again" in m.text, 60)
        said = [message.text for message in world.gerrit.messages(ci.change, BOT)]
        assert ci.runs == 2, "the first, and the one that the author asked for"
    assert len(said) == 2
    assert said[0].splitlines()[:5] == [
        "Patch Set 1:",
        "",
        "Known bug: the image registry refused the pull (rate limit)",
        "",
        "The job failed with it.",
    ]
