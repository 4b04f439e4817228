"""What not everybody may hear of is searched for in every output of the whole daemon."""

import json
from collections.abc import Iterator, Mapping

import pytest

from gerritbot_er.sandbox.ci import Build

from .daemon_running import BOT, CHANNEL, eventually
from .untold_site import KNOWN, UNKNOWN, Place, every_answer, every_command, every_page, place


@pytest.fixture(scope="module")
def at() -> Iterator[Place]:
    with place() as running:
        yield running


def settled(at: Place, change: int) -> bool:
    """Whether the daemon has said all that it says of a change."""
    said = [line for line in at.logged if line.startswith("case ") and f" {change},1: " in line]
    return any("partly explained" in line or "unexplained" in line for line in said)


def leaks(told: Mapping[str, str], word: str) -> list[str]:
    """Where the word stands, with what stands around it."""
    places = []
    for name, text in told.items():
        at = text.lower().find(word)
        if at >= 0:
            places.append(f"{name}: …{text[max(0, at - 60) : at + 60]}…")
    return places


def told_by(at: Place, changes: Mapping[int, Build]) -> dict[str, str]:
    """Everything, also what is asked for by the numbers of these changes."""
    paths = [f"/change/{change}" for change in changes] + [f"/build/{build.uuid}" for build in changes.values()]
    cases = [line.split()[1].rstrip(",") for line in at.logged if line.startswith("case ")]
    paths += [f"{path}.json" for path in paths] + [f"/case/{case}" for case in cases]
    documents = {f"document {name}": json.dumps(one) for name, one in at.sent().items()}
    return {**every_page(at, *paths), **every_command(at), **every_answer(at, changes), **documents}


def test_f46_nothing_that_is_not_public_is_in_any_output(at: Place) -> None:
    shown, _ = at.fail("shown", UNKNOWN)
    at.at.await_comment(at.at.fail("open/widgets"))
    hidden: dict[int, Build] = {}
    for says in (KNOWN, UNKNOWN):
        hidden |= dict(at.fail("xyzzy", says, project="closed/xyzzy") for _ in range(2))
        hidden |= dict(at.fail("xyzzy", says, private=True) for _ in range(2))
    for change in hidden:
        at.at.gerrit.comment("xyzzy", change, "er: bug XYZZY-42")
        eventually(f"{change} is settled", lambda change=change: settled(at, change))  # type: ignore[misc]
    eventually("a change that may be told of is settled", lambda: settled(at, shown))
    eventually("documents are sent", lambda: any("shown" in str(one) for one in at.sent().values()))
    told = told_by(at, hidden)
    assert any("shown-lint" in text for text in told.values()), "what may be told of is"
    assert leaks(told, "xyzzy") == []
    assert leaks({"IRC": "\n".join(said.text for said in at.irc.said(CHANNEL))}, "xyzzy") == []
    assert leaks({"the journal": "\n".join(at.logged)}, "xyzzy") == []
    said = "\n".join(at.at.comments(shown))
    assert leaks({"a comment": said}, "xyzzy") == []


def test_f46_nothing_of_a_change_is_in_any_output_any_more_once_it_is_private(at: Place) -> None:
    changes = dict(at.fail("plugh", says) for says in (KNOWN, UNKNOWN))
    for change in changes:
        at.at.gerrit.comment("plugh", change, "er: bug PLUGH-42")
        eventually(f"{change} is settled", lambda change=change: settled(at, change))  # type: ignore[misc]
    eventually("documents are sent", lambda: sum("plugh" in str(one) for one in at.sent().values()) >= 4)
    before = told_by(at, changes)
    assert len(leaks(before, "plugh")) > 20, "it may be told of until then"
    heard = len(at.irc.said(CHANNEL))
    for change in changes:
        at.at.gerrit.set_private(change, "plugh")
        eventually(f"{change} has no page", lambda change=change: at.get(f"/change/{change}")[0] == 404)  # type: ignore[misc]
    eventually("documents are taken away", lambda: not any("plugh" in str(one) for one in at.sent().values()))
    assert leaks(told_by(at, changes), "plugh") == []
    assert leaks({"IRC": "\n".join(said.text for said in at.irc.said(CHANNEL)[heard:])}, "plugh") == []
    for change in changes:
        at.report(change, "plugh", KNOWN)
        eventually("it has a comment", lambda change=change: at.at.gerrit.messages(change, BOT))  # type: ignore[misc]
