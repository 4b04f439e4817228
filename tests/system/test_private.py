"""A change that becomes private on a real Gerrit: nothing of it is told any more, be that heard or read later."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from gerritbot_er.sandbox.ci import SandboxCI

from .failures import fails
from .servers.gerrit import Change, GerritServer
from .servers.processes import free_port
from .site import Site, eventually, local_store, site, zuul

LOST = "2026-11-21 08:00:07.000000 | controller | ERROR: the vault of hushed could not be opened: no such key in it"
PATHS = ("/", "/now.json", "/bugs.json", "/unexplained", "/unexplained.json", "/rates", "/feed.atom", "/metrics")


@pytest.fixture(scope="module")
def ci() -> Iterator[SandboxCI]:
    with SandboxCI() as server:
        yield server


def page(port: int, path: str) -> tuple[int, str]:
    """The status and the text of a page."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def is_told(made: Site, port: int, change: Change) -> bool:
    """Whether the change has a page, and anything else speaks of it."""
    status, _ = page(port, f"/change/{change.number}")
    case = page(port, f"/case/{made.case_id(change)}")[0]
    every = (
        "".join(page(port, path)[1] for path in PATHS) + made.run("unknowns", "--json") + made.run("report", "--json")
    )
    assert (status == 200) == (case == 200)
    if status != 200:
        assert [word for word in ("hushed", f'"change":{change.number},') if word in every] == []
    return status == 200


def set_private(gerrit: GerritServer, change: Change, *, private: bool) -> None:
    gerrit.rest("POST" if private else "DELETE", f"/changes/{change.number}/private", {}, "dev")


def test_f46_a_change_that_becomes_private_is_untold_at_once_and_what_is_missed_is_read(
    gerrit: GerritServer, ci: SandboxCI
) -> None:
    port = free_port()
    own = zuul(web=ci.url, tenant=ci.tenant, log_hosts=["127.0.0.1"])
    quick = {"poll": "0.2s", "ask_again": "0.5s"}
    with site(gerrit, store=local_store(), ci=own, web={"port": port}, waiting=quick) as made:
        made.start()
        heard, missed, other = (gerrit.push_change(made.project, f"hushed {number}") for number in range(3))
        for change in (heard, missed):
            fails(gerrit, ci, change, job="hushed", says=LOST)
        fails(gerrit, ci, other)
        for change in (heard, missed):
            made.await_done(change, seconds=60)
        made.await_comment(other)
        assert is_told(made, port, heard)
        assert "hushed" in page(port, "/unexplained.json")[1]

        set_private(gerrit, heard, private=True)
        eventually("nothing is told of it any more", lambda: page(port, f"/change/{heard.number}")[0] == 404)
        assert made.stop() == 0
        set_private(gerrit, missed, private=True)
        made.start()
        eventually("nor of the other one", lambda: page(port, f"/change/{missed.number}")[0] == 404)
        assert not is_told(made, port, heard)
        assert not is_told(made, port, missed)
        assert is_told(made, port, other)

        set_private(gerrit, heard, private=False)
        fails(gerrit, ci, gerrit.push_change(amends=heard), job="shown")
        made.await_case(heard, cases=2)
        eventually("what is new is told again", lambda: page(port, f"/change/{heard.number}")[0] == 200)
        told = json.loads(page(port, f"/change/{heard.number}.json")[1])
        jobs = [
            build["job"] for patchset in told["patchsets"] for one in patchset["reports"] for build in one["builds"]
        ]
        assert jobs == ["shown"], "what was reported before stays untold"
        made.await_comment(heard)
        assert made.stop() == 0
