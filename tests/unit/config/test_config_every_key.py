"""F24: each key of each section wrong in turn, and misspelled in turn: said with its line, and nothing is guessed."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er import settings
from gerritbot_er.config import ConfigErrors, load
from tests.unit.config.site import ENVIRON, RIGHT, site

SECTIONS: tuple[tuple[type, str, str, str], ...] = (
    (settings.Gerrit, "gerrit", "  ", "gerrit:"),
    (settings.CI, "cis", "    ", "  - name: zuul"),
    (settings.ClusterStore, "log_stores", "    ", "  main:"),
    (settings.LocalStore, "log_stores (local)", "    ", "  near:"),
    (settings.Keep, "log_stores (local): keep", "      ", "    keep:"),
    (settings.Signatures, "signatures", "  ", "signatures:"),
    (settings.KnownTracker, "trackers", "    ", "  - kind: github"),
    (settings.OtherTracker, "trackers (other)", "    ", "  - kind: other"),
    (settings.Rule, "rules", "    ", "  - mode: on"),
    (settings.Irc, "irc", "  ", "irc:"),
    (settings.ChannelRule, "irc.channels", "      ", '    - name: "#qa"'),
    (settings.Waiting, "waiting", "  ", "waiting:"),
    (settings.Speaking, "speaking", "  ", "speaking:"),
    (settings.Replies, "replies", "  ", "replies:"),
    (settings.Export, "export", "  ", "export:"),
    (settings.Settings, "the rest", "", ""),
)
"""A section's class, its title, the indentation of its keys, and the line that opens it."""
NONSENSE = "{no: {such: [thing]}}"
WHOLE = (
    RIGHT.replace("signatures:\n", "  near:\n    kind: local\n    keep:\n      directory: kept\nsignatures:\n")
    + "trackers:\n  - kind: github\n  - kind: other\n    url: https://bugs.example.org/(?P<id>[0-9]+)\n"
    "    request: https://bugs.example.org/{id}.json\n    title: /title\n    state: /state\n    closed: [closed]\n"
    "waiting:\n  poll: 30s\nspeaking:\n  hold: 10m\nreplies:\n  group: triagers\nexport:\n  log_store: main\n"
)


def keys() -> Iterator[tuple[str, str, str, str]]:
    for section, title, indent, opening in SECTIONS:
        for field in dataclasses.fields(section):
            yield title, field.name, indent, opening


def with_line(key: str, indent: str, opening: str, line: str) -> tuple[str, int]:
    """The right text with this line in the place of the key's own, else as the first of its section; its number."""
    lines = WHOLE.splitlines()
    at = lines.index(opening) if opening else 0
    first = opening.strip().startswith(f"- {key}:")
    if first:
        lines[at] = lines[at].partition("- ")[0] + "- " + line
        return "\n".join(lines) + "\n", at + 1
    end = next((n for n in range(at + 1, len(lines)) if not lines[n].startswith(indent)), len(lines))
    own = [
        n for n in range(at + bool(opening), end if opening else len(lines)) if lines[n].startswith(f"{indent}{key}:")
    ]
    if own:
        last = next((n for n in range(own[0] + 1, len(lines)) if not lines[n].startswith(indent + " ")), len(lines))
        lines[own[0] : last] = [indent + line]
        return "\n".join(lines) + "\n", own[0] + 1
    lines.insert(at + bool(opening), indent + line)
    return "\n".join(lines) + "\n", at + bool(opening) + 1


def said_at(folder: Path, text: str, line: int) -> list[str]:
    """What is said about a line of this configuration, which is refused."""
    file = site(folder, text)
    with pytest.raises(ConfigErrors) as error:
        load(file, ENVIRON)
    return [problem.message for problem in error.value.problems if problem.line == line]


def test_the_whole_text_is_right_as_it_stands(tmp_path: Path) -> None:
    assert load(site(tmp_path, WHOLE), ENVIRON).gerrit.host == "review.example.org"


@pytest.mark.parametrize(("title", "key", "indent", "opening"), list(keys()), ids=lambda word: word.strip() or "-")
def test_f24_every_key_of_every_section_wrong_in_turn(
    tmp_path: Path, title: str, key: str, indent: str, opening: str
) -> None:
    del title
    said = said_at(tmp_path, *with_line(key, indent, opening, f"{key}: {NONSENSE}"))
    assert any(key in words or "no" in words.split('"') for words in said), said
    misspelled = said_at(tmp_path, *with_line(f"{key}_", indent, opening, f"{key}_: 1"))
    assert any(words.startswith(f'there is no key "{key}_"') for words in misspelled), misspelled
