"""What the trackers' answers say of a bug."""

import json
import time
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import Permanent
from gerritbot_er.settings import OtherTracker
from gerritbot_er.trackers.answers import (
    LONGEST_STATE,
    LONGEST_TITLE,
    Said,
    at_pointer,
    github_issue,
    jira_issue,
    launchpad_reader,
    other_reader,
)

KEYS = (
    *("entries", "status", "title", "state", "state_reason", "fields", "summary", "name", "resolution", "web_link"),
    *("pull_request", "merged_at", "is_complete", "bug_target_display_name", "statusCategory", "key", "bugs"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


def says(state: str, kind: str, title: str = "It breaks") -> Said:
    """``kind`` is open, closed or fixed."""
    return Said(title, state, closed=kind != "open", fixed=kind == "fixed")


def task(project: str, status: str, title: str = "It breaks", *, name: str | None = None) -> dict[str, object]:
    """A task as Launchpad's own tests show it, with the keys that are read."""
    complete = status in ("Fix Released", "Won't Fix", "Invalid", "Opinion", "Expired")
    return {
        "bug_link": "https://api.launchpad.net/1.0/bugs/42",
        "bug_target_display_name": name or project,
        "bug_target_name": project,
        "date_closed": None,
        "is_complete": complete,
        "status": status,
        "title": f'Bug #42 in {name or project}: "{title}"',
        "web_link": f"https://bugs.launchpad.net/{project}/+bug/42",
    }


def launchpad(project: str | None, *tasks: Mapping[str, object]) -> Said:
    return launchpad_reader(project, "42")({"start": 0, "total_size": len(tasks), "entries": list(tasks)})


@pytest.mark.parametrize(
    ("statuses", "state", "kind"),
    [
        (("Fix Released",), "Fix Released", "fixed"),
        (("Fix Released", "New"), "New", "open"),
        (("Fix Released", "Invalid"), "Fix Released", "fixed"),
        (("Invalid", "Won't Fix"), "Won't Fix", "closed"),
        (("New", "Fix Committed", "In Progress"), "Fix Committed", "open"),
        (("Confirmed", "Triaged"), "Triaged", "open"),
        (("Expired",), "Expired", "closed"),
    ],
)
def test_launchpad_without_a_project_closed_is_what_all_have_closed(
    statuses: tuple[str, ...], state: str, kind: str
) -> None:
    tasks = (task(f"project-{number}", status) for number, status in enumerate(statuses))
    assert launchpad(None, *tasks) == says(state, kind)


def test_launchpad_of_the_project_that_the_url_names_only_its_task_counts() -> None:
    tasks = (task("nova", "Fix Released"), task("nova/pike", "New"), task("neutron", "Confirmed"))
    assert launchpad("nova", *tasks) == says("Fix Released", "fixed")
    assert launchpad("nova/pike", *tasks).state == "New"
    assert launchpad("gone", *tasks).state == "Confirmed"
    package = task("ubuntu/+source/linux", "Fix Released", name="linux (Ubuntu)")
    assert launchpad("ubuntu/+source/linux", package, task("nova", "New")).fixed


def test_launchpad_a_title_of_another_form_stands_as_it_is() -> None:
    assert launchpad(None, {**task("nova", "New"), "title": "Bug #42: it broke"}).title == "Bug #42: it broke"
    assert launchpad(None, task("nova", "New", 'says "no"')).title == 'says "no"'


def test_launchpad_a_state_of_another_time_is_closed_where_it_is_complete() -> None:
    unheard = {**task("nova", "Deferred"), "is_complete": True}
    assert launchpad(None, unheard) == says("Deferred", "closed")
    del unheard["is_complete"]
    assert launchpad(None, unheard) == says("Deferred", "open")


@pytest.mark.parametrize(
    ("state", "more", "said", "kind"),
    [
        ("open", {}, "open", "open"),
        ("open", {"state_reason": "reopened"}, "open", "open"),
        ("closed", {"state_reason": "completed"}, "closed (completed)", "fixed"),
        ("closed", {"state_reason": "not_planned"}, "closed (not planned)", "closed"),
        ("closed", {"state_reason": "duplicate"}, "closed (duplicate)", "closed"),
        ("closed", {"state_reason": None}, "closed", "closed"),
        ("closed", {"pull_request": {"merged_at": None}}, "closed", "closed"),
        ("closed", {"pull_request": {"merged_at": "2026-11-21T10:00:00Z"}}, "merged", "fixed"),
    ],
)
def test_github(state: str, more: Mapping[str, object], said: str, kind: str) -> None:
    answer = {"number": 17, "title": "It breaks", "state": state, "body": "x" * 1000, **more}
    assert github_issue(answer) == says(said, kind)


@pytest.mark.parametrize(
    ("status", "category", "resolution", "said", "kind"),
    [
        ("Open", "new", None, "Open", "open"),
        ("In Review", "indeterminate", None, "In Review", "open"),
        ("Resolved", "done", "Fixed", "Resolved (Fixed)", "fixed"),
        ("Done", "done", "Done", "Done", "fixed"),
        ("Closed", "done", "Won't Do", "Closed (Won't Do)", "closed"),
        ("Closed", "done", None, "Closed", "closed"),
        ("Geschlossen", "done", "Erledigt", "Geschlossen (Erledigt)", "closed"),
        ("Resolved", None, "Fixed", "Resolved (Fixed)", "fixed"),
        ("Open", None, None, "Open", "open"),
        ("Reopened", "new", "Fixed", "Reopened", "open"),
    ],
)
def test_jira(status: str, category: str | None, resolution: str | None, said: str, kind: str) -> None:
    told: dict[str, object] = {"name": status, **({"statusCategory": {"id": 3, "key": category}} if category else {})}
    fields = {"summary": "It breaks", "status": told, "resolution": resolution and {"name": resolution}}
    assert jira_issue({"key": "CI-42", "fields": fields}) == says(said, kind)


BUGZILLA = OtherTracker(
    kind="other",
    url="(?P<id>.)",
    request="https://bugs.example.org/{id}",
    title="/bugs/0/summary",
    state=("/bugs/0/status", "/bugs/0/resolution"),
    closed=("RESOLVED*", "CLOSED*"),
    fixed=("* FIXED",),
)


@pytest.mark.parametrize(
    ("status", "resolution", "said", "kind"),
    [
        ("NEW", "", "NEW", "open"),
        ("RESOLVED", "WONTFIX", "RESOLVED WONTFIX", "closed"),
        ("VERIFIED", "FIXED", "VERIFIED FIXED", "fixed"),
        (3, True, "3 true", "open"),
    ],
)
def test_others(status: object, resolution: object, said: str, kind: str) -> None:
    answer = {"bugs": [{"summary": "It breaks", "status": status, "resolution": resolution}]}
    assert other_reader(BUGZILLA)(answer) == says(said, kind)


@pytest.mark.parametrize(
    ("pointer", "value"), [("/a/1", "y"), ("/a/2", None), ("/a/-", None), ("/b~1c/d~0e", 3), ("/a/0/x", None)]
)
def test_a_json_pointer_leads_to_a_value_or_to_nothing(pointer: str, value: object) -> None:
    assert at_pointer({"a": ["x", "y"], "b/c": {"d~e": 3}}, pointer) == value


@pytest.mark.parametrize("answer", [None, [], {}, {"entries": [{"title": "x"}]}, {"title": 5, "state": "open"}])
def test_an_answer_of_another_shape_is_refused_in_words(answer: object) -> None:
    for read in (launchpad_reader(None, "1"), github_issue, jira_issue, other_reader(BUGZILLA)):
        with pytest.raises(Permanent, match=r"no task of it|has no (?:title|state) of it"):
            read(answer)


def test_hostile_titles_are_one_short_clean_line() -> None:
    began = time.monotonic()
    title = "\u202egnp.exe<script>alert(1)</script>\x1b[31m\r\n" + "x" * 1_000_000
    said = github_issue({"title": title, "state": "open"})
    assert said.title == "gnp.exe<script>alert(1)</script> " + "x" * 166 + "…"
    assert time.monotonic() - began < 0.5


@given(JSON)
@example({"title": "0", "state": "\uab27"})
def test_any_answer_is_read_or_refused(answer: object) -> None:
    for read in (launchpad_reader("nova", "1"), github_issue, jira_issue, other_reader(BUGZILLA)):
        try:
            said = read(json.loads(json.dumps(answer)))
        except Permanent:
            continue
        assert 0 < len(said.title) <= LONGEST_TITLE
        assert 0 < len(said.state) <= LONGEST_STATE
        for text in (said.title, said.state):  # a character of a Unicode yet to come is nobody's harm
            assert clean_line(text, LONGEST_TITLE) == text
        assert said.closed or not said.fixed
