"""Signatures that come are run over logs that are kept on disk, in the worker's process and by the whole daemon."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.insight.figures import Where
from gerritbot_er.insight.quality import Tried
from gerritbot_er.logs.again import KeptAgain
from gerritbot_er.logs.keeper import LogKeeper
from gerritbot_er.logs.local import LocalLogStore
from gerritbot_er.logs.retained import RetainedLogs
from gerritbot_er.model import BuildAnswer, Compound, Signature
from gerritbot_er.sandbox import story
from gerritbot_er.settings import CI, Keep, LocalStore
from gerritbot_er.state import StoredStatistics

from .backtesting import DISK, FINE, build_of, retain
from .daemon_running import LOCAL_STORE, Site, eventually, running, site

DISK_FULL = Signature("disk", 'message:"No space left on device"')
BOTH = Signature("both", compound=Compound(all_of=("message:begin", 'message:"No space left"'), ordered=True))
ZUUL = CI(name="zuul", kind="zuul", account="zuul", log_store="local", tenant="main", web="https://zuul.example.org")
EVER = Where(0, 1 << 40)
QUERY = 'title: the moon is full\nquery: message:"the moon is full"\n'


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[KeptAgain]:
    keeper = LogKeeper(Keep(directory=tmp_path / "kept"))
    with LocalLogStore(LocalStore(kind="local"), [ZUUL], keeper) as store:
        yield KeptAgain(store, keeper)


def test_kept_logs_are_searched_again_without_a_request(kept: KeptAgain, tmp_path: Path) -> None:
    first, second, gone = build_of(1), build_of(2), build_of(3)
    retain(tmp_path / "kept", [(first, FINE + DISK), (second, FINE)])
    answers = kept.again([DISK_FULL, BOTH], [first, second, gone])
    assert {match.signature for match in answers[first.identity].matches} == {"disk", "both"}
    proof = answers[first.identity].matches[0].evidence
    assert proof is not None
    assert proof.line.endswith("cp: No space left on device")
    assert proof.url == f"https://zuul.example.org/t/main/build/{first.uuid}/log/job-output.txt#2"
    assert answers[second.identity] == BuildAnswer()
    assert answers[gone.identity] == BuildAnswer(absent=True)


def test_what_is_damaged_is_as_good_as_gone(kept: KeptAgain, tmp_path: Path) -> None:
    build = build_of(1)
    retain(tmp_path / "kept", [(build, FINE + DISK)])
    (entry,) = RetainedLogs(tmp_path / "kept").builds()
    (tmp_path / "kept" / "builds" / entry.name / entry.files[0].name).write_bytes(b"")
    assert kept.again([DISK_FULL], [build])[build.identity].absent


def test_good_builds_come_in_the_order_in_which_they_were_kept(kept: KeptAgain, tmp_path: Path) -> None:
    assert kept.good(0, 2) == []
    good = [build_of(number, "SUCCESS") for number in range(1, 6)]
    twins = [replace(good[2], identity="twin", uuid="twin")]
    retain(tmp_path / "kept", [(build, FINE) for build in (*good, *twins, build_of(9))])
    first = kept.good(0, 3)
    assert [build.change for _, build in first] == [1, 2, 3, 3]
    assert [build.change for _, build in kept.good(first[-1][0], 3)] == [4, 5]


# -- through the whole daemon


def test_a_new_signature_explains_what_nobody_knew_and_nothing_is_said() -> None:
    with site() as at:
        folder = at.folder / "signatures"
        folder.mkdir()
        (folder / "other.yaml").write_text("query: message:elsewhere\n")
        settings = at.settings(
            log_stores={"local": LOCAL_STORE | {"keep": {"directory": "kept", "successes": "100%"}}},
            signatures={"directories": [str(folder)]},
            waiting={"poll": "1s", "ask_again": "0s"},
        )
        with running(settings) as run:
            change = _fail(at, b"the moon is full\n")
            eventually("it is unexplained", lambda: _outcome(at) == ("unexplained", 0))
            asked = len(at.ci.requests("*/job-output.txt"))
            (folder / "moon.yaml").write_text(QUERY)
            run.daemon.reload()
            eventually("it is found later", lambda: _outcome(at) == ("explained", 1), 60.0)
            assert len(at.ci.requests("*/job-output.txt")) == asked
            statistics = StoredStatistics(at.folder / "state")
            tried = statistics.signatures(EVER, ["moon"]).tried["moon"]
            assert replace(tried, at=None, more=False) == Tried(failed=1, failed_hits=1)
            (folder / "moon.yaml").write_text(QUERY.replace("moon is", "sun is"))
            run.daemon.reload()
            eventually("it is taken back", lambda: _outcome(at) == ("unexplained", 0), 60.0)
        assert at.comments(change) == []
        with closing(sqlite3.connect(at.folder / "state" / "state.db")) as db:
            assert db.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


def _fail(at: Site, console: bytes) -> int:
    change = at.gerrit.create_change(story.PROJECT, story.SUBJECT, owner=story.AUTHOR)
    ref_url = f"{at.gerrit.web_url}/c/{story.PROJECT}/+/{change}"
    buildset = at.ci.add_buildset(change, 1, project=story.PROJECT, ref_url=ref_url)
    build = at.ci.add_build(buildset, story.JOB, "FAILURE", duration=9.0)
    at.ci.upload_logs(build.uuid, {"job-output.txt": console})
    at.gerrit.comment(story.CI_ACCOUNT, change, at.ci.comment(buildset))
    return change


def _outcome(at: Site) -> tuple[str, int] | None:
    """Of the one build in the sightings, and whether that was found later."""
    with closing(sqlite3.connect(f"file:{at.folder}/state/sightings.db?mode=ro", uri=True)) as db:
        found: tuple[str, int] | None = db.execute("SELECT outcome, later FROM builds").fetchone()
        return found
