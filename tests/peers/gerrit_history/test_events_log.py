"""History from the events log, which leaves out without a word what it does not tell."""

import time

import pytest

from gerritbot_er.errors import Transient
from gerritbot_er.gerrit.events_log import EventsLog
from gerritbot_er.gerrit.rest import GerritRest

from .site import Site


@pytest.mark.parametrize("hours", [-12, -3.5, 0, 5.75, 14])
def test_f04_the_events_log_is_read_in_any_time_zone(site: Site, rest: GerritRest, hours: float) -> None:
    site.web.zone = int(hours * 3600)
    for day in range(3):
        emit(site, at=1_800_000_000 + day * 86_400)
    for second in range(30):
        emit(site, at=1_800_300_000 + second // 3)
    site.web.return_limit = 4
    read = EventsLog(rest, now=lambda: 1_800_300_020.0)
    for _ in range(2):
        found = list(read.since(1_800_300_002))
        assert found == [event for event in site.streamed if event.at >= 1_800_300_002]
        assert len(found) == 24


def test_f04_an_hour_that_comes_twice_is_read_twice(site: Site, rest: GerritRest) -> None:
    site.web.zone = 7200
    for second in range(3):
        emit(site, at=1_800_000_000 + second)
    read = EventsLog(rest, now=lambda: 1_800_000_010.0)
    assert len(list(read.since(1_800_000_000))) == 3
    site.web.zone = 3600  # the end of summer
    for second in range(3):
        emit(site, at=1_800_000_100 + second)
    assert len(list(read.since(1_800_000_050))) == 3


def test_f04_a_quiet_time_is_known_to_be_one(site: Site, rest: GerritRest) -> None:
    emit(site, at=1_800_000_000)
    read = EventsLog(rest, now=lambda: 1_800_100_000.0)
    for _ in range(2):
        assert list(read.since(1_800_090_000)) == []


@pytest.mark.parametrize("seconds", [10, 10_000])
def test_f04_what_the_events_log_cuts_away_without_a_word_is_noticed(
    site: Site, rest: GerritRest, seconds: int
) -> None:
    site.web.return_limit = 5
    for _ in range(8):
        emit(site, at=1_800_000_000)
    emit(site, at=1_800_000_003)
    with pytest.raises(Transient) as caught:
        EventsLog(rest, now=lambda: 1_800_000_000.0 + seconds).since(1_799_999_990)
    assert str(caught.value) == "the events log holds more of one second, or of hidden projects, than it gives"


def test_f04_a_page_full_of_hidden_projects_is_not_taken_for_the_end(site: Site, rest: GerritRest) -> None:
    site.web.return_limit, site.web.hidden = 5, frozenset({"secret"})
    emit(site, at=1_800_000_000)
    for second in range(20):
        emit(site, at=1_800_010_000 + second, project="secret")
    emit(site, at=1_800_010_100)
    with pytest.raises(Transient) as caught:
        EventsLog(rest, now=lambda: 1_800_010_200.0).since(1_799_999_990)
    assert str(caught.value) == "the events log holds more of one second, or of hidden projects, than it gives"


def test_f04_an_empty_events_log_proves_nothing(site: Site, rest: GerritRest) -> None:
    site.gerrit._events.clear()
    with pytest.raises(Transient) as caught:
        EventsLog(rest, now=time.time).since(1_800_000_000)
    assert str(caught.value) == "the events log says nothing of this time"


def emit(site: Site, *, at: int, project: str = "nova") -> None:
    """An event of this second, otherwise as the first one of this Gerrit was."""
    made = site.gerrit.events[0]
    change = made["change"]
    assert isinstance(change, dict)
    if len(site.gerrit.events) == 1:
        site.gerrit._events.clear()
        site.gerrit.emit({**made, "eventCreatedOn": 1})
    told = {**change, "project": project, "subject": f"event {len(site.gerrit.events)}"}
    site.gerrit.emit({**made, "change": told, "project": project, "eventCreatedOn": at})
