"""Which request a bug's URL means."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.settings import KnownTracker, OtherTracker
from gerritbot_er.trackers.table import found, table

LAUNCHPAD = "https://api.launchpad.net/1.0/bugs/1449136/bug_tasks"
FIELDS = "fields=summary,status,resolution"
BUGZILLA = OtherTracker(
    kind="other",
    url=r"https://bugs\.example\.org/show_bug\.cgi\?id=(?P<id>[0-9]+)",
    request="https://bugs.example.org/rest/bug/{id}",
    title="/bugs/0/summary",
    state=("/bugs/0/status",),
    closed=("CLOSED",),
)
GITLAB = OtherTracker(
    kind="other",
    url=r"https://gitlab\.example\.org/(?P<project>.+)/-/issues/(?P<id>.+)",
    request="https://gitlab.example.org/api/v4/projects/{project}/issues/{id}",
    title="/title",
    state=("/state",),
    closed=("closed",),
)


def asked(url: str, *trackers: KnownTracker | OtherTracker) -> str | None:
    fit = found(table(trackers), url)
    return fit[1].request if fit else None


@pytest.mark.parametrize(
    ("url", "request_"),
    [
        ("https://bugs.launchpad.net/bugs/1449136", LAUNCHPAD),
        ("http://bugs.launchpad.net/bugs/1449136", LAUNCHPAD),
        ("https://launchpad.net/bugs/1449136", LAUNCHPAD),
        ("https://bugs.launchpad.net/nova/+bug/1449136", LAUNCHPAD),
        ("https://bugs.launchpad.net/nova/pike/+bug/1449136/?comments=all#comment-3", LAUNCHPAD),
        ("https://bugs.launchpad.net/ubuntu/+source/linux/+bug/1449136", LAUNCHPAD),
        ("https://github.com/acme/a.b_c/issues/17", "https://api.github.com/repos/acme/a.b_c/issues/17"),
        (
            "https://github.com/acme/widgets/pull/18#issuecomment-1",
            "https://api.github.com/repos/acme/widgets/issues/18",
        ),
        ("https://bugs.example.org/browse/CI-42", f"https://bugs.example.org/rest/api/2/issue/CI-42?{FIELDS}"),
        (
            "https://issues.example.org:8443/jira/browse/KAFKA-1?filter=2",
            f"https://issues.example.org:8443/jira/rest/api/2/issue/KAFKA-1?{FIELDS}",
        ),
    ],
)
def test_our_own_rows(url: str, request_: str) -> None:
    assert asked(url) == request_


@pytest.mark.parametrize(
    "url",
    [
        "https://bugs.example.org/7",
        "https://bugs.launchpad.net/nova",
        "https://bugs.launchpad.net/bugs/12x",
        "https://bugs.launchpad.net.example.org/bugs/12",
        "https://github.com/acme/widgets",
        "https://github.com/acme/../issues/1",
        "https://github.example.org/acme/widgets/issues/1",
        "https://user@bugs.example.org/browse/CI-42",
        "https://bugs.example.org/../browse/CI-42",
        "https://bugs.example.org/browse/",
        "https://bugs.example.org/browse/CI-42/../../../admin",
        "ftp://bugs.example.org/browse/CI-42",
    ],
)
def test_what_is_no_bug_of_a_tracker_is_asked_of_nobody(url: str) -> None:
    assert asked(url) is None


def test_an_entry_for_an_own_server_comes_first() -> None:
    jira = KnownTracker(kind="jira", web="http://10.0.0.7/jira")
    github = KnownTracker(kind="github", web="https://github.example.org")
    assert asked("http://10.0.0.7/jira/browse/A-1", jira) == f"http://10.0.0.7/jira/rest/api/2/issue/A-1?{FIELDS}"
    url = "https://github.example.org/acme/widgets/issues/1"
    assert asked(url, github) == "https://github.example.org/api/v3/repos/acme/widgets/issues/1"


def test_who_is_not_to_be_asked_is_not() -> None:
    none = KnownTracker(kind="jira", ask=False)
    ours = KnownTracker(kind="jira", web="https://jira.example.org")
    assert asked("https://bugs.launchpad.net/bugs/1", KnownTracker(kind="launchpad", ask=False)) is None
    assert asked("https://github.com/a/b/issues/1", KnownTracker(kind="github", ask=False)) is None
    assert asked("https://bugs.example.org/browse/A-1", ours, none) is None
    assert asked("https://jira.example.org/browse/A-1", ours, none) is not None


def test_others_by_configuration() -> None:
    url = "https://bugs.example.org/show_bug.cgi?id=42"
    assert asked(url, BUGZILLA) == "https://bugs.example.org/rest/bug/42"
    assert asked(url + "#c3", BUGZILLA) is None
    url = "https://gitlab.example.org/group/sub/widgets/-/issues/7"
    assert asked(url, GITLAB) == "https://gitlab.example.org/api/v4/projects/group%2Fsub%2Fwidgets/issues/7"


@given(st.text())
def test_any_url_is_read(url: str) -> None:
    assert found(table((BUGZILLA, GITLAB)), url) is None or "://" in url


@given(st.text(), st.text())
def test_no_value_of_a_url_leaves_its_place_in_the_request(project: str, number: str) -> None:
    request = asked(f"https://gitlab.example.org/{project}/-/issues/{number}", GITLAB)
    if request is not None:
        assert re.fullmatch(
            r"https://gitlab\.example\.org/api/v4/projects/[\w.~%-]*/issues/[\w.~%-]*", request, re.ASCII
        )
