"""Who is in a group: what ``gerrit ls-members`` tells, and what to do where it tells nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.gerrit.groups import GerritGroups, read_members

from .gerrit_running import US, World, connection, world

HEADER = "id\tusername\tfull name\temail\n"
UNSEEN = (
    "our account sees nobody in the group triage: in Gerrit, make the group visible to all registered users, or make "
    "our account one of its owners"
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@pytest.fixture
def groups(site: World) -> Iterator[GerritGroups]:
    with connection(site.settings()) as opened:
        yield GerritGroups(opened, US)


def test_members_are_known_by_their_usernames(site: World, groups: GerritGroups) -> None:
    site.gerrit.add_account("core", name="A\tCore")
    site.gerrit.add_group("failure triage", "dev", "core")
    assert groups.members("failure triage") == {"dev", "core"}
    assert site.gerrit.commands[-1] == (US, "gerrit ls-members --recursive 'failure triage'")


@pytest.mark.parametrize("members", [[], [US], ["dev"], ["dev", US]])
def test_a_group_that_we_do_not_see_into_has_no_members(site: World, groups: GerritGroups, members: list[str]) -> None:
    site.gerrit.add_group("triage", *members, visible=False)
    with pytest.raises(Misconfigured) as caught:
        groups.members("triage")
    assert str(caught.value) == UNSEEN


def test_a_group_that_is_not_there(groups: GerritGroups) -> None:
    with pytest.raises(Misconfigured) as caught:
        groups.members("Triage")
    assert str(caught.value) == (
        "Gerrit knows no group Triage that our account sees: write its name as Gerrit shows it, capitals too, and see "
        "that the group is visible to all registered users"
    )


def test_an_answer_that_does_not_end_well_is_asked_for_again(site: World, groups: GerritGroups) -> None:
    site.gerrit.add_group("triage", "dev")
    site.gerrit.troubles.no_exit_status = True
    with pytest.raises(Transient) as caught:
        groups.members("triage")
    assert str(caught.value) == "Gerrit does not tell who is in the group triage: no exit status"


def test_accounts_without_a_username_are_left_out() -> None:
    rows = "1000004\tdev\tA Developer\tdev@example.org\n1000005\tn/a\tNo Name\tn/a\n1000006\t\t\t\n"
    assert read_members((HEADER + rows).encode(), "triage") == {"dev"}


@pytest.mark.parametrize("answer", [b"", b"\xff\x00", b"fatal: internal server error\n"])
def test_what_is_no_answer_is_asked_for_again(answer: bytes) -> None:
    with pytest.raises(Transient):
        read_members(answer, "triage")
