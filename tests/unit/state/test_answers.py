"""What people answered, in the sightings: each answer once however it is told, and hidden where its change is."""

from dataclasses import replace

import pytest

from gerritbot_er.model import Change, Judgement, Reply
from gerritbot_er.state import Publicity, StoredSightings
from gerritbot_er.state.database import Database

from .made import Clock

CHANGE = Change(7, "nova", "master")
REPLY = Reply(CHANGE, 2, "dev", 1000, Judgement.BUG, "CI-42", "0123456789ab", ("disk-full", "dns"))


def told(file: Database, *replies: Reply) -> list[tuple[object, ...]]:
    """What stands there after these were told, one after another."""
    sightings = StoredSightings(file, Clock(), Publicity(("nova",)))
    for reply in replies:
        sightings.replied([reply])
    query = (
        "SELECT change, patchset, author, at, judgement, bug, case_id, signatures, hidden FROM replies ORDER BY rowid"
    )
    with file.reading() as db:
        return [tuple(row) for row in db.execute(query)]


def test_an_answer_is_kept_with_the_comment_that_it_answers(file: Database) -> None:
    confirmed = replace(REPLY, judgement=Judgement.CONFIRM, bug=None, case_id=None, signatures=())
    assert told(file, REPLY, confirmed) == [
        (7, 2, "dev", 1000, "bug", "CI-42", "0123456789ab", '["disk-full","dns"]', 0),
        (7, 2, "dev", 1000, "confirm", "", None, "[]", 0),
    ]


def test_stream_and_history_tell_of_one_answer_with_a_second_between(file: Database) -> None:
    again = (replace(REPLY, at=1001), replace(REPLY, at=999), REPLY)
    assert [row[3] for row in told(file, REPLY, *again)] == [1000]


@pytest.mark.parametrize(
    "other",
    [
        replace(REPLY, at=1006),
        replace(REPLY, author="core"),
        replace(REPLY, bug="CI-43"),
        replace(REPLY, judgement=Judgement.WRONG, bug=None),
        replace(REPLY, patchset=3),
        replace(REPLY, change=replace(CHANGE, number=8)),
    ],
)
def test_another_answer_is_another(file: Database, other: Reply) -> None:
    assert len(told(file, REPLY, other, REPLY, other)) == 2


@pytest.mark.parametrize("change", [replace(CHANGE, private=True), replace(CHANGE, project="secret")])
def test_f46_answers_on_what_is_not_public_are_hidden(file: Database, change: Change) -> None:
    assert [row[-1] for row in told(file, replace(REPLY, change=change))] == [1]
