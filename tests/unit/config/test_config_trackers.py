"""What can be wrong with entries of trackers, said with the line and the remedy."""

from pathlib import Path

import pytest

from gerritbot_er.config import read
from gerritbot_er.settings import KnownTracker, OtherTracker
from tests.unit.config.site import ENVIRON, RIGHT, site

OTHER = """\
  - kind: other
    url: https://bugs.example.org/(?P<id>[0-9]+)
    request: https://bugs.example.org/{id}.json
    title: /title
    state: /state
    closed: [closed]
"""


def said(folder: Path, entries: str) -> list[str]:
    """What is said about these entries, errors before warnings; lines counted from that of "trackers:"."""
    before = len(RIGHT.splitlines())
    reading = read(site(folder, f"{RIGHT}trackers:\n{entries}"), {**ENVIRON, "TOKEN": "s3cret"})
    found = (*reading.problems, *reading.warnings)
    return [f"{one.line - before - 1}: {one.message}" + (f"; {one.remedy}" if one.remedy else "") for one in found]


def test_entries_that_are_right(tmp_path: Path) -> None:
    entries = "  - kind: jira\n    web: https://jira.example.org/\n    token_env: TOKEN\n    username: er\n" + OTHER
    reading = read(site(tmp_path, f"{RIGHT}trackers:\n{entries}"), {**ENVIRON, "TOKEN": "s3cret"})
    assert (reading.problems, reading.warnings) == ((), ())
    assert reading.settings is not None
    jira, other = reading.settings.trackers
    assert jira == KnownTracker(kind="jira", web="https://jira.example.org", token_env="TOKEN", username="er")  # noqa: S106 - its name
    assert isinstance(other, OtherTracker)
    assert other.state == ("/state",)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (
            "  - kind: jira\n",
            "1: the entry of a Jira has no web; give web, the root of its pages, such as https://jira.example.org",
        ),
        ("  - kind: jira\n    ask: false\n", None),
        ("  - kind: github\n", None),
        (
            "  - kind: launchpad\n    web: https://launchpad.example.org\n",
            "2: there is one Launchpad, and it is asked without a login; remove web",
        ),
        (
            "  - kind: launchpad\n    token_env: TOKEN\n",
            "2: there is one Launchpad, and it is asked without a login; remove token_env",
        ),
        (
            "  - kind: github\n    username: er\n",
            "2: the tracker has a user and no token; give token_file (or token_env), or remove username",
        ),
        (
            "  - kind: jira\n    web: http://jira.example.org\n    token_env: TOKEN\n",
            "2: the tracker is sent its token in the clear; use https",
        ),
        (
            "  - kind: github\n    token_env: NONE\n",
            "2: trackers.0.token_env: the environment variable NONE holds no secret; write it there, in one line",
        ),
        (
            OTHER.replace("{id}", "{number}"),
            "3: the request has {number}, and url has no group of that name; write (?P<number>…)",
        ),
        (
            OTHER.replace("{id}", "all"),
            "3: the request is the same for every bug; write {id} where the group id of url goes",
        ),
        (
            OTHER.replace("//bugs.example.org/{id}.json", "//{id}.example.org/"),
            "3: the host of the request is to be told by a bug's URL; write the host itself",
        ),
        (
            OTHER.replace("/title", "title"),
            '4: trackers.0.title: write a JSON pointer, such as /fields/summary, not "title"',
        ),
        (
            OTHER.replace("(?P<id>[0-9]+)", "(?P<id>(?!0)[0-9]+)"),
            (
                "2: trackers.0.url: this is no regular expression: invalid perl operator: (?!, not "
                '"https://bugs.example.org/(?P<id>(?!0)[0-9]+)"'
            ),
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_line(tmp_path: Path, entries: str, words: str | None) -> None:
    found = said(tmp_path, entries)
    assert found[:1] == ([] if words is None else [words])
