"""Inputs made to hurt get an answer soon; ``python -m tests.fuzz --hostile 100000`` tries many more."""

import pytest

from gerritbot_er.typed_yaml import YamlProblems, read_yaml

from .hostile import KINDS, try_all

SEED = 5


def test_hostile_inputs_get_an_answer_within_a_second() -> None:
    tallies = dict(try_all(500, SEED))
    assert tallies.keys() == KINDS.keys()
    assert [fault for tally in tallies.values() for fault in tally.faults] == []


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "&a ["])
def test_brackets_without_end_are_refused_at_once(opening: str) -> None:
    with pytest.raises(YamlProblems):
        read_yaml(opening * 20_000, "a.yaml")
