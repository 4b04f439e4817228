"""The main job with a cluster: real Gerrit, real Elasticsearch or OpenSearch, real IRC server, Zuul's own words."""

import gzip
from collections.abc import Callable, Iterator

import pytest

from .failures import document, put_waiting_cases, zuul_says
from .servers.gerrit import GerritServer
from .servers.http_proxy import HttpProxy, Request, http_proxy
from .servers.irc import InspIrcd
from .servers.search import SearchServer
from .servers.zuul_comments import ZuulBuild
from .site import DISK_FULL, TAG, eventually, site

COMMENT = """\
Patch Set 1:

Known bug: the disk of a test machine is full
https://bugs.launchpad.net/bugs/1999001

nova-next failed with it. job-output.txt says:

    2026-11-21 08:00:07.000000 | controller | OSError: [Errno 28] No space left on device: '/opt/stack/data'

https://zuul.example.org/t/openstack/build/{build}/log/job-output.txt

Seen only on this change so far.
What to do: this is known and not caused by your change. Run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case {case}"""

NOTICE = (
    ":{nick} NOTICE {channel} :{project} {change},1 (check): nova-next failed: the disk of a test machine is full"
    " https://bugs.launchpad.net/bugs/1999001 - {url}/c/{project}/+/{change}"
)

GZIP = b"\x1f\x8b"
WAITING = 1000
REQUESTS_A_ROUND = 3
"""That ask after 1,001 builds once: 500 builds each."""
WITHIN = 2.0
"""Seconds from the poll that sees the logs whole to the comment's proof."""


@pytest.fixture(params=["elasticsearch", "opensearch"])
def cluster(request: pytest.FixtureRequest) -> Iterator[tuple[SearchServer, dict[str, object], HttpProxy]]:
    """The server, the log store's configuration, and the proxy between them that counts."""
    server: SearchServer = request.getfixturevalue(request.param)
    server.delete_documents()
    with http_proxy(server.port) as proxy:
        yield server, {"kind": request.param, "url": proxy.url}, proxy


def test_late_logs_in_pieces_become_one_comment_and_one_notice(
    gerrit: GerritServer, inspircd: InspIrcd, cluster: tuple[SearchServer, dict[str, object], HttpProxy]
) -> None:
    server, store, proxy = cluster
    with site(gerrit, store=store, irc=inspircd, waiting={"poll": "2s"}) as made:
        made.start()
        change = gerrit.push_change(made.project, "Resize the flavors")
        build = ZuulBuild("nova-next", seconds=5033.0)
        zuul_says(gerrit, change, [build, ZuulBuild("nova-docs", "SUCCESS")])
        await_poll(proxy)
        for piece in range(2):
            server.index([document(build, change, f"{piece}: all is well", "screen-n-cpu.txt")])
            await_poll(proxy)
        server.index([document(build, change, "the console has begun")])
        await_poll(proxy)
        server.index([document(build, change, DISK_FULL), document(build, change, "the last line")])
        made.await_comment(change)
        made.await_done(change)
        assert made.stop() == 0

        [comment] = made.comments(change)
        assert comment.text == COMMENT.format(build=build.uuid, case=made.case_id(change))
        assert (comment.tag, comment.patchset) == (TAG, 1)
        words = {"nick": made.nick, "channel": made.channel, "project": made.project}
        assert made.notices() == [NOTICE.format(change=change.number, url=gerrit.url, **words)]
        asked = [body(request) for request in proxy.requests if asked_for_matches(request)]
        assert [build.uuid.encode() in one for one in asked].count(True) == 1, "others are of the build that is good"


@pytest.mark.parametrize("cluster", ["elasticsearch"], indirect=True)
def test_a_case_is_commented_on_while_a_thousand_wait_for_logs_that_never_come(
    gerrit: GerritServer,
    cluster: tuple[SearchServer, dict[str, object], HttpProxy],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    server, store, proxy = cluster
    with site(gerrit, store=store, waiting={"poll": "2s"}) as made:
        put_waiting_cases(made, WAITING)
        made.start()
        change = gerrit.push_change(made.project)
        build = ZuulBuild("nova-next", seconds=5033.0)
        zuul_says(gerrit, change, [build])
        eventually("it is asked after twice", lambda: len(naming(build, proxy)) >= 2)
        server.index([document(build, change, DISK_FULL)])
        made.await_comment(change)
        [(spoken_at,)] = made.rows("SELECT changed_at FROM outbox WHERE change = ?", change.number)
        requests = proxy.requests
        assert made.stop() == 0

        *polls, asked_for = naming(build, proxy)
        assert [asked_for_matches(request) for request in requests].count(True) == 1
        assert asked_for_matches(asked_for)
        took = spoken_at - polls[-1].at
        record_testsuite_property("seconds from the poll that sees a cluster's logs to the comment", round(took, 2))
        assert took < WITHIN
        between = requests[requests.index(polls[0]) : requests.index(polls[-1])]
        assert abs(len(between) - REQUESTS_A_ROUND * (len(polls) - 1)) < REQUESTS_A_ROUND
        assert made.rows("SELECT count(*) FROM cases WHERE stage = 'open'") == [(WAITING,)]


def naming(build: ZuulBuild, proxy: HttpProxy) -> list[Request]:
    """The requests so far that name a build: one a round that asks whether its logs are there, then the match."""
    return [request for request in proxy.requests if build.uuid.encode() in body(request)]


def asked_for_matches(request: Request) -> bool:
    """Whether this is the one request that asks for signatures, and not for what is there."""
    return b'"query_string"' in body(request)


def body(request: Request) -> bytes:
    """What was asked; clients pack it."""
    packed = request.body.startswith(GZIP)
    return gzip.decompress(request.body) if packed else request.body


def await_poll(proxy: HttpProxy) -> None:
    """Returns when the daemon has asked once more what is there."""
    before = len(proxy.requests)
    eventually("the next poll", lambda: len(proxy.requests) > before)
