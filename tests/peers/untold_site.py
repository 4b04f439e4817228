"""A site with failures of which nobody may hear, and all the places where somebody might: pages, commands, IRC, …."""

import http.client
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from gerritbot_er.sandbox import story
from gerritbot_er.sandbox.ci import Build
from gerritbot_er.sandbox.irc import SandboxIrc

from .daemon_running import CHANNEL, LOCAL_STORE, NO_WAITING, PATIENCE, Site, free_port, irc_part, running, site
from .search_peer import Answer, Asked, SearchPeer, search_peer
from .test_mcp import Asking, text_of

KNOWN, UNKNOWN = "toomanyrequests: pull rate limit", "ERROR: the flux capacitor is out of phase"
MOST_PAGES = 400
_LINK = re.compile(r'(?:href|src)="([^"#]*)')


@dataclass(slots=True)
class Place:
    """A running daemon, its peers, and who listens; ``logged`` is its journal."""

    at: Site
    port: int
    irc: SandboxIrc
    cluster: SearchPeer
    config: Path
    logged: list[str]

    def fail(self, word: str, says: str, *, project: str = "open/widgets", private: bool = False) -> tuple[int, Build]:
        """A change with this word in each of its fields fails twice: with a line of its own, and with ``says``."""
        change = self.change(word, project=project, private=private)
        return change, self.report(change, word, says, project=project)

    def change(self, word: str, *, project: str = "open/widgets", private: bool = False) -> int:
        """A change of an owner of this name."""
        self.at.gerrit.add_account(word, name=word)
        return self.at.gerrit.create_change(project, word, owner=word, branch=word, private=private)

    def report(self, change: int, word: str, says: str, *, project: str = "open/widgets") -> Build:
        """Zuul's report on it; the build that says a line of its own."""
        url = f"{self.at.gerrit.web_url}/c/{project}/+/{change}"
        buildset = self.at.ci.add_buildset(
            change, 1, project=project, branch=word, pipeline=f"{word}-check", ref_url=url
        )
        shared = self.at.ci.add_build(buildset, f"{word}-tests", "FAILURE")
        own = self.at.ci.add_build(buildset, f"{word}-lint", "FAILURE", error_detail=word)
        good = self.at.ci.add_build(buildset, f"{word}-docs", "SUCCESS")
        lines = ((shared, says), (own, f"ERROR: no such {word} is in the {word} store"), (good, f"{word} is well"))
        for build, line in lines:
            self.at.ci.upload_logs(build.uuid, {"job-output.txt": f"{word}\n{line}\n".encode()})
        self.at.gerrit.comment(story.CI_ACCOUNT, change, self.at.ci.comment(buildset))
        return own

    def get(self, path: str) -> tuple[int, str]:
        """The status and the text of a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def sent(self) -> dict[str, object]:
        """What the cluster has now, by the documents' ids."""
        there: dict[str, object] = {}
        for asked in list(self.cluster.asked):
            if "_bulk" in asked.target:
                _keep(asked.lines, there)
        return there


def _keep(lines: Sequence[object], there: dict[str, object]) -> None:
    waiting = iter(lines)
    for action in waiting:
        assert isinstance(action, dict)
        if "delete" in action:
            there.pop(action["delete"]["_id"], None)
        else:
            there[action["index"]["_id"]] = next(waiting)


def _taken(asked: Asked) -> Answer:
    """As a cluster that takes everything."""
    if "_bulk" not in asked.target:
        return Answer({"error": {"type": "security_exception", "reason": "no right to look"}, "status": 403}, 403)
    actions = [
        line for line in asked.lines if isinstance(line, dict) and ({"index"} == set(line) or {"delete"} == set(line))
    ]
    return Answer({"errors": False, "items": [{next(iter(line)): {"status": 200}} for line in actions]})


@contextmanager
def place() -> Iterator[Place]:
    """A daemon that tells of projects below ``open/`` alone."""
    port = free_port()
    with site() as at, SandboxIrc() as irc, search_peer(_taken) as (cluster, cluster_port), _journal() as logged:
        settings = at.settings(
            irc=irc_part(irc.port),
            web={"port": port},
            public_projects=["open/*"],
            log_stores={
                "local": {**LOCAL_STORE, "keep": {"directory": "kept", "successes": "100%"}},
                "cluster": {"kind": "elasticsearch", "url": f"http://127.0.0.1:{cluster_port}"},
            },
            export={"log_store": "cluster"},
            waiting={"poll": "0.2s", "ask_again": "0.5s"},
            outage={"changes": 2, "authors": 1},
            speaking={**NO_WAITING, "seen_elsewhere": 1},
        )
        config = (at.folder / "state.yaml").rename(at.folder / "config.yaml")
        with running(settings):
            irc.wait_for_join("erbot", CHANNEL, PATIENCE)
            yield Place(at, port, irc, cluster, config, logged)


@contextmanager
def _journal() -> Iterator[list[str]]:
    """Every line that the program logs."""
    lines: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    ours, handler = logging.getLogger("gerritbot_er"), Keeping()
    level = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        ours.removeHandler(handler)
        ours.setLevel(level)


def every_page(at: Place, *more: str) -> dict[str, str]:
    """All that a reader comes to from the first page by links, and these; by path."""
    told: dict[str, str] = {}
    waiting = ["/", "/metrics", "/healthz", "/readyz", "/feed.atom", *more]
    while waiting:
        path = waiting.pop()
        if path in told:
            continue
        assert len(told) < MOST_PAGES
        _, told[path] = at.get(path)
        links = (urljoin(path, found.partition("?")[0]) for found in _LINK.findall(told[path]))
        waiting += [link for link in links if link.startswith("/") and not link.startswith("/static")]
    return told


def every_command(at: Place) -> dict[str, str]:
    """What the commands for readers print, by their words."""
    forms: tuple[list[str], ...] = ([], ["--json"], ["--markdown"])
    wanted = [[command, *form] for command in ("report", "unknowns") for form in forms] + [["signature", "stale"]]
    return {" ".join(words): _run(at, words) for words in wanted}


def _run(at: Place, words: Sequence[str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gerritbot_er", *words, "-c", str(at.config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout + done.stderr


def every_answer(at: Place, changes: Mapping[int, Build]) -> dict[str, str]:
    """What assistants are told of all there is, and of these changes and builds."""
    with Asking(at.at.folder) as asking:
        asked: list[tuple[str, dict[str, object]]] = [
            ("known_bugs", {}),
            ("bug", {"signature": "container-registry-rate-limit"}),
            ("unexplained_groups", {}),
            ("status", {}),
        ]
        for change, build in changes.items():
            asked += [("explain_change", {"number": change}), ("explain_build", {"build": build.uuid})]
        answers = {f"{tool} {arguments}": asking.call(tool, **arguments) for tool, arguments in asked}
        return {name: text_of(found) + json.dumps(found.structured_content) for name, found in answers.items()}
