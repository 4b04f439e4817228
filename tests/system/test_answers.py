"""What people answer on a real Gerrit: who may, that each answer is remembered once, and that nothing is posted."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import pytest

from gerritbot_er.sandbox.ci import SandboxCI

from .failures import fails
from .servers.gerrit import Change, GerritServer
from .site import Site, eventually, local_store, site, zuul

BUG = "1999001"
TRACKER = "https://bugs.example.org/browse/CI-42"


@pytest.fixture(scope="module")
def ci() -> Iterator[SandboxCI]:
    with SandboxCI() as server:
        yield server


@pytest.fixture(scope="module")
def group(gerrit: GerritServer) -> str:
    """A group that everybody sees, of which the account ``jenkins`` is a member by way of another group."""
    inner, outer = "triage inner", "failure triage"
    for name in (inner, outer):
        gerrit.rest("PUT", f"/groups/{quote(name)}", {"visible_to_all": True})
        gerrit.rest("DELETE", f"/groups/{quote(name)}/members/admin")  # whoever makes one is in it
    gerrit.rest("PUT", f"/groups/{quote(inner)}/members/jenkins", {})
    gerrit.rest("PUT", f"/groups/{quote(outer)}/groups/{quote(inner)}", {})
    return outer


def answered(made: Site, change: Change) -> list[tuple[str, str, str, str, str]]:
    """(author, judgement, bug, case, signatures) of a change's answers, in their order."""
    columns = "author, judgement, bug, case_id, signatures"
    with closing(sqlite3.connect(f"file:{made.state / 'sightings.db'}?mode=ro", uri=True, timeout=10)) as file:
        query = f"SELECT {columns} FROM replies WHERE change = ? ORDER BY at, rowid"  # noqa: S608 - ours
        return file.execute(query, (change.number,)).fetchall()


def on_patchset(gerrit: GerritServer, user: str, change: Change, text: str) -> None:
    """As the reply dialog of Gerrit's pages posts it."""
    review = {"comments": {"/PATCHSET_LEVEL": [{"message": text, "unresolved": False}]}}
    gerrit.rest("POST", f"/changes/{change.number}/revisions/current/review", review, user)


def with_rest(made: Site, gerrit: GerritServer) -> None:
    """Have history read over REST."""
    (made.folder / "gerrit.password").write_text(gerrit.password)
    (made.folder / "gerrit.password").chmod(0o600)
    config = json.loads(made.config.read_text())
    config["gerrit"] |= {"web": gerrit.url, "http_password_file": "gerrit.password"}
    made.config.write_text(json.dumps(config))


def test_owner_and_group_answer_and_strangers_do_not(gerrit: GerritServer, ci: SandboxCI, group: str) -> None:
    own = zuul(web=ci.url, tenant=ci.tenant, log_hosts=["127.0.0.1"])
    with site(gerrit, store=local_store(), ci=own, replies={"group": group}) as made:
        made.start()
        change = gerrit.push_change(made.project)
        fails(gerrit, ci, change)
        comment = made.await_comment(change)
        made.await_done(change)
        said = "\n".join(f"> {line}" for line in comment.text.splitlines())

        gerrit.review("admin", change.number, "er: wrong bug")
        gerrit.review("dev", change.number, f"{said}\n> er: confirm\n\nNo idea.\n\nER: Wrong bug.")
        on_patchset(gerrit, "jenkins", change, f"It is this one:\ner: bug {TRACKER}")
        eventually("two answers", lambda: len(answered(made, change)) >= 2)
        case = made.case_id(change)
        first = [
            ("dev", "wrong bug", "", case, f'["{BUG}"]'),
            ("jenkins", "bug", TRACKER, case, f'["{BUG}"]'),
        ]
        assert sorted(answered(made, change)) == first
        assert made.stop() == 0

        gerrit.review("admin", change.number, "er: confirm")
        on_patchset(gerrit, "dev", change, "er: confirm")
        made.start()
        eventually("the answer of meanwhile", lambda: len(answered(made, change)) >= 3)
        gerrit.review("dev", change.number, "er: bug #7")
        eventually("the last answer", lambda: len(answered(made, change)) >= 4)
        more = [("dev", "confirm", "", case, f'["{BUG}"]'), ("dev", "bug", "7", case, f'["{BUG}"]')]
        assert sorted(answered(made, change)) == sorted([*first, *more])
        assert [comment.text for comment in made.comments(change)] == [comment.text]
        assert made.outbox(change) == [("gerrit", "sent")]


@pytest.mark.parametrize("way", ["SSH", "REST"])
def test_an_answer_on_a_patch_set_that_was_replaced_is_found_too(gerrit: GerritServer, ci: SandboxCI, way: str) -> None:
    own = zuul(web=ci.url, tenant=ci.tenant, log_hosts=["127.0.0.1"])
    with site(gerrit, store=local_store(), ci=own) as made:
        if way == "REST":
            with_rest(made, gerrit)
        made.start()
        change = gerrit.push_change(made.project)
        fails(gerrit, ci, change)
        made.await_comment(change)
        made.await_done(change)
        assert made.stop() == 0

        on_patchset(gerrit, "dev", change, "er: wrong bug")
        on_patchset(gerrit, "jenkins", change, "er: confirm")
        amended = gerrit.push_change(amends=change)
        gerrit.review("dev", amended.number, "I mean:\n\ner: bug lp:7")
        made.start()
        eventually("the answers of meanwhile", lambda: len(answered(made, change)) >= 2)
        assert made.stop() == 0
        case = made.case_id(change)
        seven = "https://bugs.launchpad.net/bugs/7"
        assert sorted(answered(made, change)) == [
            ("dev", "bug", seven, case, f'["{BUG}"]'),
            ("dev", "wrong bug", "", case, f'["{BUG}"]'),
        ]
        assert len(made.comments(change)) == 1
