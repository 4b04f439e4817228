"""New signatures run over past builds in a real cluster: failed ones without an explanation, and successful ones."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.insight.quality import Tried
from gerritbot_er.logs.again import ClusterAgain
from gerritbot_er.triage.past_builds import PastBuildsRun, Place
from tests.unit.triage.past import DISK, EVER, Past, bare
from tests.unit.triage.world import START, UUID, report, reported

from .cluster_world import KINDS, World, cluster_world, line_of


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with cluster_world(request) as made:
        yield made


def test_a_cluster_is_asked_once_for_many_past_builds(world: World, tmp_path: Path) -> None:
    past = Past(tmp_path)
    try:
        verdicts = [past.fail(number) for number in range(1, 16)]
        good = report(replace(reported(50, result="SUCCESS"), failed=False), failed=False)
        past.sightings.reported([("good", good)])
        ((_, build),) = past.trials.good(["zuul"], 0, 10)
        lines = [line_of(one.builds[0].build, "cp: No space left on device") for one in verdicts[:5]]
        lines += [line_of(one.builds[0].build, "all is well") for one in verdicts[5:14]]  # of the last nothing is left
        lines.append(line_of(build, "rm: No space left on device, and that is fine"))
        world.server.index(lines, day="2026-11-21")
        past.worker = PastBuildsRun(
            [
                Place(
                    "cluster",
                    ["zuul"],
                    ClusterAgain(world.store, lambda beyond, most: past.trials.good(["zuul"], beyond, most)),
                )
            ],
            trials=past.trials,
            records=past.records,
            library=lambda: past.library,
            calls=past.calls,
            clock=past.clock,
            board=past.board,
        )
        past.use(DISK)
        past.work(60.0)
        assert world.proxy.count() == {("POST", "/logstash-logs-*/_search"): 2}
        assert bare(past.tried("disk-full")) == Tried(
            failed=14, failed_hits=5, lines=1, line_hits=1, good=1, good_hits=1
        )
        assert past.build(1)[3] == ("disk-full",)
        assert past.build(10)[:2] == ("unexplained", False)
        assert past.statistics.unexplained(EVER, START, 10).builds == 9
        found = past.statistics.build(UUID(1))
        assert found is not None
        assert found.matches[0].evidence is not None
    finally:
        past.close()
