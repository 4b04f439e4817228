"""What was found is kept, whatever else stands there, so that a backtest goes on where it was."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.backtest.journal import Journal, journal_name, key
from gerritbot_er.backtest.past import PastBuild
from gerritbot_er.errors import Misconfigured
from gerritbot_er.model import Build, BuildAnswer, Evidence, Match, Signature

PAST = PastBuild(Build("x", "unit", "FAILURE", "zuul", "example/app", "main", 1, 1, 0), "kept")
ANSWER = BuildAnswer(
    (Match("disk", Evidence("é", "a.log", 3, "https://x"), (Evidence("b", "c"),), (("image", "x"),)),),
    notes=("n",),
    failed_tests=frozenset({"t"}),
)


def test_what_was_added_is_done(tmp_path: Path) -> None:
    with Journal(tmp_path / "new", "a.jsonl") as journal:
        assert journal.done == {}
        journal.add(PAST, ANSWER)
    with Journal(tmp_path / "new", "a.jsonl") as again:
        assert again.done == {key(PAST): ANSWER}


def test_a_build_of_which_more_is_kept_is_another() -> None:
    assert key(PastBuild(PAST.build, "more")) != key(PAST)


def test_only_what_is_asked_makes_the_name() -> None:
    one, other = Signature("a", "message:x"), Signature("b", "message:y")
    name = journal_name("store", [one, other])
    assert name == journal_name("store", [other, Signature("a", "message:x", title="what it is")])
    assert name != journal_name("other store", [one, other])
    assert name != journal_name("store", [one, Signature("b", "message:z")])


@given(st.binary(max_size=300))
def test_whatever_stands_there_does_no_harm(tmp_path_factory: pytest.TempPathFactory, rubbish: bytes) -> None:
    folder = tmp_path_factory.mktemp("journal")
    with Journal(folder, "a.jsonl") as journal:
        journal.add(PAST, ANSWER)
    with (folder / "a.jsonl").open("ab") as file:
        file.write(rubbish)
    with Journal(folder, "a.jsonl") as journal:
        assert journal.done[key(PAST)] == ANSWER
        journal.add(PastBuild(PAST.build, "other"), ANSWER)
    with Journal(folder, "a.jsonl") as again:
        assert len(again.done) == 2


def test_the_journals_used_longest_ago_are_removed(tmp_path: Path) -> None:
    for number in range(25):
        with Journal(tmp_path, f"{number}.jsonl") as journal:
            journal.add(PAST, ANSWER)
    assert len(list(tmp_path.glob("*.jsonl"))) == 20
    assert (tmp_path / "24.jsonl").exists()


def test_a_place_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured) as refused:
        Journal(tmp_path / "file" / "x", "a.jsonl")
    assert str(refused.value) == (
        f"{tmp_path}/file/x cannot be used (Not a directory): what was done is noted there; make it a folder that you "
        "can write, or set XDG_CACHE_HOME to one"
    )
