"""Bugs looked up over HTTP: of trackers that answer as Launchpad, GitHub and Jira do, and of some that misbehave."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.calls import ThreadCalls
from gerritbot_er.clock import SystemClock
from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.model import BugFacts, Signature
from gerritbot_er.ports import BugRecord
from gerritbot_er.sandbox.ci_http import Answer, Cut, Endless, GzipBomb, Redirect, Response
from gerritbot_er.settings import KnownTracker, OtherTracker
from gerritbot_er.signatures.library import Library
from gerritbot_er.state import StoredBugs, open_sightings
from gerritbot_er.trackers import Refresh, WebTrackers, open_trackers
from gerritbot_er.trackers.table import github_rule, jira_rule, launchpad_rule
from tests.unit.triage.world import KeptBoard

from .daemon_running import eventually, running, site
from .tracker_peer import JSON, TrackerPeer, issue, tasks, ticket, tracker_peer

ISSUE = "/api/v3/repos/acme/widgets/issues/17"


@pytest.fixture
def peer() -> Iterator[TrackerPeer]:
    with tracker_peer() as made:
        yield made


def trackers(peer: TrackerPeer, *more: KnownTracker | OtherTracker, **github: object) -> WebTrackers:
    """A GitHub of one's own at the peer, and others."""
    entry = KnownTracker(kind="github", web=peer.url, **github)  # type: ignore[arg-type]
    return open_trackers((*more, entry), SystemClock(), {"TOKEN": "s3cret-token"})


def look(peer: TrackerPeer, **github: object) -> BugFacts:
    with trackers(peer, **github) as asking:
        return asking.look(f"{peer.url}/acme/widgets/issues/17")


def refusal(peer: TrackerPeer, **github: object) -> GerritbotError:
    began = time.monotonic()
    with pytest.raises(GerritbotError) as caught:
        look(peer, **github)
    assert time.monotonic() - began < 10
    return caught.value


def test_an_issue_of_github(peer: TrackerPeer) -> None:
    peer.answers[ISSUE] = issue(17, "closed", "completed")
    facts = look(peer)
    assert (facts.title, facts.state, facts.closed, facts.fixed) == (
        "The widget falls off",
        "closed (completed)",
        True,
        True,
    )
    assert abs(facts.seen_at - time.time()) < 10


def test_a_bug_of_launchpad_is_one_request(peer: TrackerPeer) -> None:
    peer.answers["/1.0/bugs/42/bug_tasks"] = tasks(42, nova="Fix Released", neutron="New")
    rules = [launchpad_rule(f"{peer.url}/1.0")]
    with WebTrackers(rules, SystemClock(), {}) as asking, pytest.raises(Permanent) as caught:
        asking.look("https://bugs.launchpad.net/nova/+bug/42")
    assert "its address is not public" in str(caught.value)  # our own rows are met at public addresses alone
    (public,) = rules
    rules = [replace(public, settings=KnownTracker(kind="github", web=peer.url))]
    with WebTrackers(rules, SystemClock(), {}) as asking:
        of_nova = asking.look("https://bugs.launchpad.net/nova/+bug/42")
        of_all = asking.look("https://bugs.launchpad.net/bugs/42")
    assert (of_nova.title, of_nova.state, of_nova.fixed) == ("No valid host was found", "Fix Released", True)
    assert (of_all.state, of_all.closed) == ("New", False)
    assert len(peer.asked()) == 2


def test_an_issue_of_jira_with_the_user_s_token(peer: TrackerPeer) -> None:
    path = "/jira/rest/api/2/issue/CI-42?fields=summary,status,resolution"
    peer.answers[path] = ticket("CI-42", "Resolved", "done", "Fixed")
    jira = KnownTracker(kind="jira", web=f"{peer.url}/jira", username="er", token_env="TOKEN")  # noqa: S106 - its name
    with trackers(peer, jira) as asking:
        facts = asking.look(f"{peer.url}/jira/browse/CI-42")
    assert (facts.title, facts.state, facts.fixed) == ("The registry refuses the pull", "Resolved (Fixed)", True)
    (request,) = peer.http.requests("*")
    assert request.headers["authorization"] == "Basic ZXI6czNjcmV0LXRva2Vu"


def test_any_other_by_configuration(peer: TrackerPeer) -> None:
    peer.answers["/rest/bug/7?include_fields=summary,status"] = {"bugs": [{"summary": "It breaks", "status": "CLOSED"}]}
    other = OtherTracker(
        kind="other",
        url=rf"{peer.url}/show_bug\.cgi\?id=(?P<id>[0-9]+)",
        request=f"{peer.url}/rest/bug/{{id}}?include_fields=summary,status",
        title="/bugs/0/summary",
        state=("/bugs/0/status",),
        closed=("CLOSED",),
        token_env="TOKEN",  # noqa: S106 - its name
    )
    with trackers(peer, other) as asking:
        assert asking.host(f"{peer.url}/show_bug.cgi?id=7") == f"127.0.0.1:{peer.http.port}"
        assert asking.look(f"{peer.url}/show_bug.cgi?id=7").state == "CLOSED"
        assert asking.host(f"{peer.url}/show_bug.cgi?id=x") is None
    (request,) = peer.http.requests("*")
    assert request.headers["authorization"] == "Bearer s3cret-token"


def test_what_has_not_changed_is_not_sent_again(peer: TrackerPeer) -> None:
    peer.answers[ISSUE] = issue(17, "open")
    with trackers(peer) as asking:
        before = asking.look(f"{peer.url}/acme/widgets/issues/17")
        again = asking.look(f"{peer.url}/acme/widgets/issues/17")
        peer.answers[ISSUE] = issue(17, "closed", "not_planned")
        changed = asking.look(f"{peer.url}/acme/widgets/issues/17")
    assert (again.title, again.state) == (before.title, before.state)
    assert again.seen_at >= before.seen_at
    assert changed.state == "closed (not planned)"
    plain, first, second = peer.asked()
    assert plain == ISSUE
    assert first == second
    assert first.startswith(f'{ISSUE} W/"')


@pytest.mark.parametrize(
    ("status", "headers", "after"),
    [
        (429, {"Retry-After": "120"}, 120.0),
        (403, {"Retry-After": "60"}, 60.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4000000000"}, 3600.0),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}, 30.0),
        (503, {}, None),
    ],
)
def test_a_tracker_that_wants_fewer_requests_says_when(
    peer: TrackerPeer, status: int, headers: dict[str, str], after: float | None
) -> None:
    peer.limits.append(Response(b'{"message":"API rate limit exceeded"}', JSON, status=status, headers=headers))
    error = refusal(peer)
    assert isinstance(error, Transient)
    more = (
        ""
        if after is None
        else " and wants us to wait; with a token in its entry of trackers it may be asked more often"
    )
    assert (str(error), error.after) == (f"127.0.0.1 answers {status}{more}", after)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (404, Permanent, "has no such bug, or shows it to its users alone"),
        (410, Permanent, "has no such bug, or shows it to its users alone"),
        (401, Permanent, "does not show it to us (HTTP 401)"),
        (403, Permanent, "does not show it to us (HTTP 403)"),
        (500, Transient, "answers 500"),
    ],
)
def test_what_a_refusal_means(peer: TrackerPeer, status: int, kind: type[GerritbotError], words: str) -> None:
    peer.limits.append(Response(b"{}", JSON, status=status))
    error = refusal(peer)
    assert isinstance(error, kind)
    assert str(error).endswith(words)


def test_a_refused_token_is_a_person_s_to_mend_and_is_in_no_word(peer: TrackerPeer) -> None:
    peer.limits.append(Response(b'{"message":"Bad credentials"}', JSON, status=401))
    error = refusal(peer, token_env="TOKEN")  # noqa: S106 - its name
    assert isinstance(error, Misconfigured)
    assert str(error) == (
        f"127.0.0.1:{peer.http.port} refuses the token: make a new one, and write it where its entry of trackers says"
    )


def test_an_issue_that_was_moved_is_followed_but_never_with_a_token(peer: TrackerPeer) -> None:
    peer.answers["/api/v3/repositories/1/issues/17"] = issue(17, "open")
    peer.http.misbehave(ISSUE, Redirect("/api/v3/repositories/1/issues/17"), None)
    assert look(peer).state == "open"
    error = refusal(peer, token_env="TOKEN")  # noqa: S106 - its name
    assert "has it elsewhere (HTTP 302): write its new URL into the signature" in str(error)


def test_a_tracker_that_sends_visitors_to_sign_in_elsewhere_is_told_so(peer: TrackerPeer) -> None:
    peer.http.misbehave(ISSUE, Redirect("https://sign-in.example.org/?next=/17"), None)
    assert str(refusal(peer)) == (
        f"127.0.0.1:{peer.http.port} sends us on to sign-in.example.org, which is not asked: where that is for people "
        "to sign in, give a token in its entry of trackers"
    )


def test_a_tracker_that_sends_visitors_in_a_circle_is_told_so(peer: TrackerPeer) -> None:
    peer.http.misbehave(ISSUE, Redirect(ISSUE), None)
    assert str(refusal(peer)) == "127.0.0.1 redirects more than 3 times"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"<html>down for maintenance</html>", Transient, "answers what is no JSON"),
        (b"\xff\xfe\x00", Transient, "answers what is no JSON"),
        (b"[" * 100_000, Transient, "answers what is no JSON"),
        (b'{"title": 5}', Permanent, "what is answered has no title of it"),
        (b"null", Permanent, "what is answered has no title of it"),
        (
            json.dumps({"title": "x" * 2_000_000, "state": "open"}).encode(),
            Permanent,
            "answers more than 1048576 bytes",
        ),
    ],
)
def test_garbage_and_floods_are_an_error_in_words(
    peer: TrackerPeer, body: bytes, kind: type[GerritbotError], words: str
) -> None:
    peer.answers[ISSUE] = body
    error = refusal(peer)
    assert isinstance(error, kind)
    assert str(error).endswith(words)


@pytest.mark.parametrize("fault", [Endless(), GzipBomb(), Cut(10), Answer(502)])
def test_a_server_that_misbehaves_is_an_error(peer: TrackerPeer, fault: Endless | GzipBomb | Cut | Answer) -> None:
    peer.answers[ISSUE] = issue(17, "open")
    peer.http.misbehave(ISSUE, fault, None)
    assert isinstance(refusal(peer), Permanent | Transient)


def test_a_title_of_a_megabyte_is_cut_and_cleaned(peer: TrackerPeer) -> None:
    title = "\u202e<script>alert(1)</script>" + "x" * 900_000
    peer.answers[ISSUE] = {**issue(17, "open"), "title": title}
    assert look(peer).title == "<script>alert(1)</script>" + "x" * 174 + "…"


def test_what_no_row_fits_or_lies_at_a_private_address_is_not_asked(peer: TrackerPeer) -> None:
    with WebTrackers([github_rule(), jira_rule()], SystemClock(), {}) as asking:
        with pytest.raises(Permanent, match="is a bug of no tracker that is asked"):
            asking.look("https://bugs.example.org/7")
        with pytest.raises(Permanent) as caught:
            asking.look(f"{peer.url}/browse/CI-42")
    assert str(caught.value) == (
        f"127.0.0.1:{peer.http.port} is not asked, as its address is not public: if that is meant, add it to trackers"
    )
    assert peer.asked() == []


def test_a_token_that_cannot_be_read_stops_the_start(peer: TrackerPeer, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        trackers(peer, token_file=tmp_path / "none")


class Waiting:
    """A clock that is past the rest after a start."""

    def __init__(self) -> None:
        self._real = SystemClock()
        self.ahead = 0.0

    def now(self) -> float:
        return self._real.now()

    def monotonic(self) -> float:
        return self._real.monotonic() + self.ahead


def test_what_was_told_is_known_to_the_next_start(peer: TrackerPeer, tmp_path: Path) -> None:
    peer.answers[ISSUE] = issue(17, "closed", "completed")
    url = f"{peer.url}/acme/widgets/issues/17"
    gone = f"{peer.url}/acme/widgets/issues/18"
    clock, board, rung = Waiting(), KeptBoard(), threading.Event()
    calls = ThreadCalls("trackers", rung.set)
    library = Library([Signature("a", "x", bug=url), Signature("b", "x", bug=gone)])
    with open_sightings(tmp_path) as database, trackers(peer) as asking:
        bugs = StoredBugs(database)
        refresh = Refresh(asking, bugs, library=lambda: library, calls=calls, clock=clock, board=board)

        def both_tried() -> bool:
            clock.ahead += 30.0
            refresh.step()
            return None not in (bugs.record(url), bugs.record(gone))

        eventually("both bugs are tried", both_tried)
        refresh.step()
        calls.close(within=5)
    with open_sightings(tmp_path) as database:
        again = StoredBugs(database)
        known = again.known(url)
        assert known == bugs.known(url)
        assert known is not None
        assert (known.title, known.state, known.fixed) == ("The widget falls off", "closed (completed)", True)
        assert again.known(gone) is None
        assert again.record(gone) == bugs.record(gone)
    host = f"127.0.0.1:{peer.http.port}"
    assert board.last["trackers"] == (
        f"working: 1 of 2 bugs are known; nothing is told of {gone} "
        f"({host} has no such bug, or shows it to its users alone)"
    )


def test_the_comment_says_where_the_bug_is_fixed_and_waits_for_no_tracker(peer: TrackerPeer) -> None:
    url = f"{peer.url}/acme/widgets/issues/17"
    facts = BugFacts(url, "The registry refuses the pull", "closed (completed)", closed=True, fixed=True, seen_at=0.0)
    with site() as here:
        (here.folder / "signatures").mkdir()
        signature = {"query": 'message:"toomanyrequests"', "bug": url}
        (here.folder / "signatures" / "17.yaml").write_text(json.dumps(signature))
        settings = here.settings(
            signatures={"directories": ["signatures"]}, trackers=[{"kind": "github", "web": peer.url}]
        )
        settings.state.mkdir()
        with open_sightings(settings.state) as database:
            now = time.time()
            StoredBugs(database).keep(url, BugRecord(now, replace(facts, seen_at=now)))
        with running(settings):
            said = here.await_comment(here.fail())
    assert said.splitlines()[2:5] == [
        "Known bug: The registry refuses the pull",
        url,
        "The bug is marked closed (completed). If your branch should have the fix, say so on the bug.",
    ]
    assert peer.asked() == []
