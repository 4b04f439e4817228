"""The part of a path by which a build's page is found, whatever its identity holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.web.addresses import identity_of, part_of

URL = "https://jenkins.example.org/job/unit tests/42/"


def test_a_plain_identity_is_its_own_part() -> None:
    assert part_of("0af1" * 8) == "0af1" * 8
    assert identity_of("0af1" * 8) == "0af1" * 8


def test_what_could_cut_a_path_is_in_no_part() -> None:
    assert part_of(URL) == "~aHR0cHM6Ly9qZW5raW5zLmV4YW1wbGUub3JnL2pvYi91bml0IHRlc3RzLzQyLw"
    assert identity_of(part_of(URL)) == URL


@pytest.mark.parametrize("part", ["", "~", "~7aCA", "~=", "~*", "~a", "a-b", "x" * 65, "~" + "é"])
def test_what_is_no_part_of_ours_names_no_build(part: str) -> None:
    assert identity_of(part) in (None, "")


@given(st.text(max_size=100))
def test_every_identity_is_found_again_by_its_part(identity: str) -> None:
    part = part_of(identity)
    assert identity_of(part) == identity
    assert set(part) <= set("~-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


@given(st.text(max_size=100) | st.from_regex(r"~[-_0-9A-Za-z]{0,20}", fullmatch=True))
def test_any_part_names_one_build_or_none(part: str) -> None:
    identity = identity_of(part)
    assert identity is None or identity_of(part_of(identity)) == identity
