"""A real Gerrit drops events for a reader that is too slow: every failing report among them becomes a case."""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from gerritbot_er.sandbox.ci import SandboxCI

from .failures import Words
from .servers.gerrit import Change, GerritServer
from .servers.tcp_proxy import tcp_proxy
from .site import Site, eventually, local_store, site, zuul

LONGEST_COMMENT = 16_000
WINDOW_FULL = 2 * 1024 * 1024 // LONGEST_COMMENT + 20
"""Comments that fill the 2 MiB that a server may send unread to our client, and what the kernel holds besides."""
QUEUE = 128
"""Events that Gerrit keeps for a connection (a constant); what comes then is dropped."""
FAILING = QUEUE + 60
CHANGES = 16
AT_ONCE = 6


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI() as server:
        yield server


def test_f05_every_failing_report_of_a_burst_that_gerrit_dropped_has_its_case(
    gerrit: GerritServer, ci: SandboxCI
) -> None:
    own = zuul(web=ci.url, tenant=ci.tenant)
    shadow = [{"mode": "shadow"}]
    with (
        tcp_proxy(gerrit.ssh_port) as proxy,
        site(gerrit, store=local_store(), ci=own, ssh_port=proxy.port, rules=shadow) as made,
    ):
        changes = [gerrit.create_change(made.project) for _ in range(CHANGES)]
        made.start()
        proxy.stall()
        in_parallel(lambda change: gerrit.review("dev", change.number, "x" * LONGEST_COMMENT), changes, WINDOW_FULL)
        reported = report_failures(gerrit, ci, changes, FAILING)
        proxy.flow()

        eventually("every report has its case", lambda: reported <= builds_of_cases(made), 60)
        assert made.rows("SELECT count(*) FROM cases") == [(FAILING,)]
        assert "Gerrit dropped events" in made.process.log.read_text()
        after = report_failures(gerrit, ci, changes[:1], 1)
        eventually("the stream goes on", lambda: after <= builds_of_cases(made))
        assert made.stop() == 0


def report_failures(gerrit: GerritServer, ci: SandboxCI, changes: Sequence[Change], count: int) -> set[str]:
    """So many failing reports, each with a build of its own; returns the builds' ids."""
    words = Words(["unit-tests"], f"{ci.url}/t/{ci.tenant}/")
    builds = []

    def report(change: Change) -> None:
        buildset = ci.add_buildset(change.number, 1, project=change.project)
        build = ci.add_build(buildset, "unit-tests", "FAILURE")
        words.say(gerrit, change, [build.uuid], buildset.uuid)
        builds.append(build.uuid)

    in_parallel(report, changes, count)
    return set(builds)


def in_parallel(work: Callable[[Change], None], changes: Sequence[Change], count: int) -> None:
    """So many calls, with each of the changes in turn."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(work, itertools.islice(itertools.cycle(changes), count)))


def builds_of_cases(made: Site) -> set[str]:
    """The ids of all builds that the cases name."""
    return {uuid for (case,) in made.rows("SELECT document FROM cases") for uuid in re.findall(r"[0-9a-f]{32}", case)}
