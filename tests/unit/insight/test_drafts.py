"""Drafts for groups: they match what the group's builds say, are clean, and their trial says what else they match."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerritbot_er.insight.drafts import Counterexamples, Trial, drafted, tried
from gerritbot_er.signatures.draft import Source, draft
from gerritbot_er.signatures.example_checks import check_examples
from gerritbot_er.signatures.files import read_signature
from gerritbot_er.signatures.lucene import OPENDEV

from .failing import CAUSES, failing, lines

NOTHING_ELSE = Counterexamples({})


def test_a_whole_draft_for_a_group() -> None:
    members = [
        lines(f"OSError: [Errno 28] No space left on device: '/data/{name}'", "Finished: FAILURE") for name in "ab"
    ]
    found = drafted(members, Counterexamples({"other": [lines("No space left on device")]}, [lines("all is well")]))
    assert found is not None
    assert found.text == (
        'title: "OSError: [Errno 28] No space left on device"\n'
        "# bug: https://bugs.example.org/42\n"
        "query: >-\n"
        '  message:"OSError: [Errno 28] No space left on device" AND\n'
        '  tags:"console"\n'
        "category: infra\n"
        "# advice: recheck, wait, fix, or a sentence\n"
        "examples:\n"
        "  match:\n"
        "    - {message: \"OSError: [Errno 28] No space left on device: '/data/a'\", "
        "filename: job-output.txt, tags: [console, console.html, job-output.txt]}\n"
        "    - {message: \"OSError: [Errno 28] No space left on device: '/data/b'\", "
        "filename: job-output.txt, tags: [console, console.html, job-output.txt]}\n"
        "  # no-match: lines that are like it and are not of this bug\n"
    )
    assert found.trial == Trial(hits=2, members=2, others={}, of_others=1, explained=0, of_explained=1)
    assert found.remarks == ()


def test_what_not_all_lines_have_is_no_part_of_it() -> None:
    text = draft("Server alpha failed to reach ACTIVE", Source(), ["Server beta failed to reach ACTIVE"])
    assert text is not None
    assert read_signature(text, "draft.yaml").query == 'message:"failed to reach ACTIVE"'
    assert draft("one two", Source(), ["three four"]) is None


@pytest.mark.parametrize("cause", range(len(CAUSES)))
def test_a_draft_matches_its_group_and_no_other(cause: int) -> None:
    members = [failing(cause, seed) for seed in range(6)]
    others = {str(other): [failing(other, seed) for seed in range(3)] for other in range(len(CAUSES)) if other != cause}
    found = drafted(members, Counterexamples(others))
    assert found is not None
    assert (found.trial.hits, found.trial.wrong, found.remarks) == (6, 0, ())
    assert [one.why for one in check_examples(read_signature(found.text, "d.yaml"), OPENDEV) if not one.passed] == []


def test_its_trial_names_the_groups_that_it_matches_as_well() -> None:
    against = Counterexamples({"a": [lines("disk is full")], "b": [lines("fine")]}, [lines("the disk is full now")])
    trial = tried('query: message:"disk is full"\n', [lines("disk is full"), lines("?")], against)
    assert trial == Trial(hits=1, members=2, others={"a": 1}, of_others=2, explained=1, of_explained=1)
    assert trial.wrong == 2


def test_lines_without_a_word_give_no_draft() -> None:
    assert drafted([], NOTHING_ELSE) is None
    assert drafted([lines("----"), ()], NOTHING_ELSE) is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.text(max_size=60), max_size=4), min_size=1, max_size=3))
def test_any_group_is_drafted_or_not(builds: list[list[str]]) -> None:
    found = drafted([lines(*texts) for texts in builds], NOTHING_ELSE)
    if found is not None:
        assert read_signature(found.text, "draft.yaml").query
        assert 0 <= found.trial.hits <= len(builds)
