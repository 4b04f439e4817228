"""What trackers said of bugs is known at once, and to the next start."""

from pathlib import Path

import pytest

from gerritbot_er.model import BugFacts
from gerritbot_er.ports import BugRecord
from gerritbot_er.state import StoredBugs, open_sightings

URL = "https://bugs.launchpad.net/bugs/42"
FACTS = BugFacts(
    URL, "No valid host 'was' found; \u00e9", "Fix Released", closed=True, fixed=True, seen_at=1_800_000_000.5
)


def test_nothing_is_known_at_first(tmp_path: Path) -> None:
    with open_sightings(tmp_path) as database:
        bugs = StoredBugs(database)
        assert (bugs.known(URL), bugs.record(URL)) == (None, None)


@pytest.mark.parametrize("record", [BugRecord(1_800_000_001.0, FACTS), BugRecord(1_800_000_001.0, why="it is gone")])
def test_what_was_kept_last_is_known_to_the_next_start(tmp_path: Path, record: BugRecord) -> None:
    with open_sightings(tmp_path) as database:
        bugs = StoredBugs(database)
        bugs.keep(URL, BugRecord(1.0, FACTS))
        bugs.keep(URL, record)
        assert (bugs.known(URL), bugs.record(URL)) == (record.facts, record)
    with open_sightings(tmp_path) as database:
        assert StoredBugs(database).record(URL) == record


def test_what_cannot_be_written_is_known_all_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_sightings(tmp_path) as database:
        bugs = StoredBugs(database)
        (tmp_path / "sightings.db").rename(tmp_path / "elsewhere.db")
        bugs.keep(URL, BugRecord(1.0, FACTS))
        assert bugs.known(URL) == FACTS
    assert [record.message.partition(":")[0] for record in caplog.records] == ["what a tracker said is not kept"]


def test_a_damaged_table_costs_asking_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_sightings(tmp_path) as database:
        with database.transaction() as db:
            db.execute("INSERT INTO bugs (url, title, tried_at) VALUES (?, CAST(x'ff' AS TEXT), 1)", (URL,))
        bugs = StoredBugs(database)
        assert bugs.known(URL) is None
        bugs.keep(URL, BugRecord(1.0, FACTS))
        assert StoredBugs(database).known(URL) == FACTS
    assert [record.message.partition(":")[0] for record in caplog.records] == ["what trackers said before is lost"]
