"""The pages of unexplained failures, of changes, of builds and of signatures, over true HTTP."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gerritbot_er.model import (
    BuildVerdict,
    Case,
    Change,
    CIReport,
    Evidence,
    Failure,
    Judgement,
    Match,
    Outcome,
    Reply,
    ReportedBuild,
    Verdict,
)
from gerritbot_er.ports import Post
from gerritbot_er.triage.cases import builds_of, open_case
from gerritbot_er.typed_yaml import Problem
from gerritbot_er.web.addresses import part_of

from .pages_running import CHANGE, Pages, batch_of
from .test_pages import HOSTILE, POLICY, ask

LOST = "ERROR: the volume vol-{n} could not be attached to instance i-{n}: connection lost"
OTHER = "AssertionError: {n} items were expected, the list holds none"
JENKINS = "https://jenkins.example.org/job/unit%20tests/42/"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    with Pages(tmp_path) as running:
        running.all_well()
        yield running


def fail(
    pages: Pages,
    number: int,
    line: str = LOST,
    *,
    change: Change | None = None,
    bugs: tuple[str, ...] = (),
    said: str = "no known bug",
    posts: tuple[str, ...] = (),
    build: ReportedBuild | None = None,
) -> Case:
    """A report with a failed build that says this line, an hour before now for each change after the tenth."""
    at = int(pages.clock.now()) - 3600 * number
    built = build or ReportedBuild("integration", "FAILURE", f"{number:032x}", elapsed=1800)
    where = change or replace(CHANGE, number=100 + number, url=f"https://review.example.org/c/{100 + number}")
    report = CIReport("zuul", where, 2, at, (built,), failed=True, digest=f"d{number}", pipeline="gate")
    case = open_case(report, at + 1.0)
    pages.cases.keep(batch_of(case))
    evidence = Evidence(line.format(n=f"{number:04d}"), "job-output.txt", 40 + number)
    matches = tuple(Match(name, evidence) for name in bugs)
    outcome = Outcome.EXPLAINED if bugs else Outcome.UNEXPLAINED
    lines = () if bugs or not line else (evidence, Evidence("exit code 1", "job-output.txt", 90))
    found = tuple(BuildVerdict(one, outcome, matches, ("one file was too large",), lines) for one in builds_of(report))
    rows = [Post(case.id, sink, 1, where.number, 2, bugs, f"Known bug: {HOSTILE}", case.id) for sink in posts]
    pages.cases.settle(Verdict(case, found), said, rows, done=True)
    pages.sightings.reported([(case.key, report)])
    pages.sightings.judged(Verdict(case, found))
    return case


def told(pages: Pages, path: str) -> Any:  # noqa: ANN401 - JSON
    status, headers, body = ask(pages, path)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    return json.loads(body)


def test_failures_that_are_alike_are_one_group_and_the_newest_stand_first(pages: Pages) -> None:
    for number in (30, 31, 32, 33):
        fail(pages, number)
    fail(pages, 1, OTHER)
    fail(pages, 2, "")
    found = told(pages, "/unexplained.json")
    assert [(one["new"], one["spread"]["changes"], one["line"]) for one in found["groups"]] == [
        (True, 1, OTHER.format(n="0001")),
        (False, 4, LOST.format(n="0030")),
    ]
    assert (found["more"], found["builds"], found["ungrouped"]) == (0, 6, 1)
    body = ask(pages, "/unexplained")[2]
    assert "New groups, first seen in the last 24 hours, stand first; then those that hit most changes." in body
    assert "4 changes, 4 builds of integration · in job-output.txt" in body
    assert "<dt>builds without lines that tell, in no group</dt><dd>1</dd>" in body
    assert told(pages, "/unexplained.json?project=other")["groups"] == []


def test_a_group_shows_its_lines_its_builds_and_a_draft_that_can_be_taken(pages: Pages) -> None:
    for number in range(30, 36):
        fail(pages, number)
    fail(pages, 1, OTHER)
    lost = next(one["id"] for one in told(pages, "/unexplained.json")["groups"] if not one["new"])
    found = told(pages, f"/unexplained/{lost}.json")
    assert next((one["count"], one["shape"]) for one in found["lines"]) == (
        6,
        "the volume vol-<n> could not be attached to instance i-<n>: connection lost",
    )
    assert len(found["members"]) == 6
    assert sum(found["timeline"]["series"][0]["counts"]) == 6
    assert found["jobs"] == {"names": {"integration": 6}, "more": 0}
    trial = found["draft"]["trial"]
    assert (trial["hits"], trial["members"], trial["others"], trial["of_others"]) == (6, 6, {}, 1)
    body = ask(pages, f"/unexplained/{lost}")[2]
    assert '<a href="../change/130">130,2</a>' in body
    assert f'<a href="../build/{30:032x}">integration</a>' in body
    assert f'<a href="{lost}.yaml?last=14d" download>' in body
    status, headers, text = ask(pages, f"/unexplained/{lost}.yaml")
    assert (status, text) == (200, found["draft"]["text"])
    assert headers["Content-Type"] == "text/yaml; charset=utf-8"
    assert headers["Content-Disposition"] == f'attachment; filename="{lost}.yaml"'
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_group_of_one_build_says_its_lines_and_nothing_twice(pages: Pages) -> None:
    fail(pages, 3)
    path = f"/unexplained/{told(pages, '/unexplained.json')['groups'][0]['id']}"
    body = ask(pages, path)[2]
    assert "newest builds</p>" not in body
    assert body.count('<pre tabindex="0"><code>ERROR: the volume') == 1
    fail(pages, 4)
    assert '<p class="quiet">in 2 of the 2 newest builds</p>' in ask(pages, path)[2]


def test_a_group_without_a_build_in_the_time_that_is_asked_for_says_why_it_has_no_draft(pages: Pages) -> None:
    fail(pages, 5)
    [group] = told(pages, "/unexplained.json")["groups"]
    body = ask(pages, f"/unexplained/{group['id']}?until=2020-01-01")[2]
    assert "None is made, as none of its builds failed in this time: choose a longer one." in body
    assert "the lines hold no word" not in body


def test_a_comment_without_a_known_bug_is_told_as_one(pages: Pages) -> None:
    fail(pages, 3, change=replace(CHANGE, number=7), said="no known bug, but seen elsewhere")
    told_of = told(pages, "/change/7.json")["patchsets"][0]["reports"][0]["said"]
    assert told_of == "a comment on the change: no known bug, but seen elsewhere"


def test_a_report_in_which_nothing_failed_takes_one_line(pages: Pages) -> None:
    where = replace(CHANGE, number=7)
    fail(pages, 3, change=where)
    good = CIReport("zuul", where, 2, int(pages.clock.now()), (), failed=False, digest="d", pipeline="check")
    pages.sightings.reported([("good", good)])
    body = ask(pages, "/change/7")[2]
    assert '<p class="fine"><span class="badge success">success</span> zuul, check <span class="quiet">' in body
    assert "</time> · nothing failed</span></p>" in body
    assert body.count("<article>") == 1


def test_a_change_shows_what_was_said_of_it_and_what_was_answered(pages: Pages) -> None:
    where = replace(CHANGE, number=7, url="https://review.example.org/c/7")
    lost = fail(pages, 3, change=where)
    known = fail(pages, 2, change=where, bugs=("1234567",), said="comment", posts=("gerrit", "irc:#ci"))
    reply = Reply(where, 2, "ada", int(pages.clock.now()), Judgement.WRONG, case_id=known.id, signatures=("1234567",))
    pages.sightings.replied([reply])
    found = told(pages, "/change/7.json")
    assert (found["subject"], found["project"], found["more"]) == ("Keep it", "example/widgets", 0)
    newest, oldest = found["patchsets"][0]["reports"]
    assert (newest["case"], newest["summary"], newest["said"]) == (
        known.id,
        "explained",
        "a comment on the change (pending)",
    )
    assert [(one["sink"], one["stage"]) for one in newest["messages"]] == [
        ("a comment on the change", "to be sent"),
        ("a notice on #ci", "to be sent"),
    ]
    assert newest["builds"][0]["bugs"] == [{"signature": "1234567", "title": "the image registry refused the pull"}]
    assert (oldest["case"], oldest["said"]) == (lost.id, "nothing (no known bug)")
    assert oldest["builds"][0]["group"] is not None
    assert [(one["author"], one["judgement"]) for one in found["replies"]] == [("ada", "wrong bug")]
    body = ask(pages, "/change/7")[2]
    assert '<a href="../bugs/1234567">the image registry refused the pull</a>' in body
    assert f'<a href="../case/{known.id}">' in body
    assert f'<a href="../unexplained/{oldest["builds"][0]["group"]}">others like it</a>' in body


def test_a_build_shows_why_it_failed_and_where_else_the_same_was_seen(pages: Pages) -> None:
    case = fail(pages, 5, bugs=("1234567",))
    for number in (6, 7):
        fail(pages, number, bugs=("1234567",))
    found = told(pages, f"/build/{5:032x}.json")
    assert (found["state"], found["case"], found["notes"]) == ("explained", case.id, ["one file was too large"])
    assert found["elsewhere"] == [{"name": "1234567", "changes": 2}]
    assert found["found"][0]["proofs"][0]["line"] == LOST.format(n="0005")
    body = ask(pages, f"/build/{5:032x}")[2]
    assert "Not only here: the same failure hit 2 other changes within a day of it." in body
    assert '<a href="../bugs/1234567">the image registry refused the pull</a>' in body


def test_an_unexplained_build_shows_its_lines_that_which_tells_most_first(pages: Pages) -> None:
    fail(pages, 5)
    found = told(pages, f"/build/{5:032x}.json")
    assert found["line"]["line"] == LOST.format(n="0005")
    assert [(one["place"]["text"], one["lines"]) for one in found["pieces"]] == [
        ("job-output.txt line 45", [LOST.format(n="0005"), "exit code 1"])
    ]
    body = ask(pages, f"/build/{5:032x}")[2]
    assert "Within a day of it, the same failure was seen on no other change." in body
    assert f'<a href="../unexplained/{found["group"]}">All builds that failed like this one</a>' in body


def test_a_build_that_a_url_names_has_a_page(pages: Pages) -> None:
    fail(pages, 5, build=ReportedBuild("unit tests", "FAILURE", url=JENKINS))
    assert told(pages, f"/build/{part_of(JENKINS)}.json")["identity"] == JENKINS
    assert f'<a href="../build/{part_of(JENKINS)}">unit tests</a>' in ask(pages, "/change/105")[2]


def test_a_build_that_does_not_vote_does_not_seem_to_wait_for_its_logs(pages: Pages) -> None:
    built = ReportedBuild("style", "FAILURE", "e" * 32, voting=False)
    report = CIReport("zuul", CHANGE, 1, int(pages.clock.now()), (built,), failed=True, digest="d")
    pages.sightings.reported([("builds:9", report)])
    words = "not looked at, unless a signature asks for non-voting builds"
    assert told(pages, f"/build/{'e' * 32}.json")["outcome"] == words


def test_a_build_of_a_good_report_was_not_looked_at(pages: Pages) -> None:
    built = ReportedBuild("style", "FAILURE", "e" * 32, voting=False)
    at = int(pages.clock.now())
    report = CIReport("zuul", replace(CHANGE, number=9), 1, at, (built,), failed=False, digest="d")
    pages.sightings.reported([("builds:9", report)])
    assert told(pages, f"/build/{'e' * 32}.json")["outcome"] == "not looked at, as no voting build of its report failed"


def test_a_comments_link_lands_on_its_case_and_leads_on(pages: Pages) -> None:
    case = fail(pages, 5)
    group = told(pages, "/unexplained.json")["groups"][0]["id"]
    body = ask(pages, f"/case/{case.id}")[2]
    for words in (
        '<a href="../change/105">All that is known of this change</a>',
        f'<h2><a href="../build/{5:032x}">integration</a></h2>',
        f'<a href="../unexplained/{group}">others that failed like it</a>',
    ):
        assert words in body


def test_signatures_are_listed_with_what_speaks_against_them(pages: Pages) -> None:
    for number in (3, 4):
        case = fail(pages, number, bugs=("1234567",))
    change = case.report.change
    for author in ("ada", "grace"):
        pages.sightings.replied([Reply(change, 2, author, 5, Judgement.WRONG, signatures=("1234567",))])
    pages.sightings.replied(
        [Reply(change, 2, "ada", int(pages.clock.now()), Judgement.BUG, bug="99", signatures=("1234567",))]
    )
    [one] = told(pages, "/signatures.json")["signatures"]
    assert (one["title"], one["quality"]["hits"]["builds"], one["quality"]["hits"]["changes"]) == (
        "the image registry refused the pull",
        2,
        2,
    )
    assert (one["quality"]["wrong"], one["quality"]["bugs"], one["quality"]["stale"]) == (0, ["99"], False)
    assert told(pages, "/signatures.json?stale=30")["stale"] == 30
    body = ask(pages, "/signatures?stale=30")[2]
    assert '<input id="stale" name="stale" inputmode="numeric" value="30">' in body
    assert "rather 99" in body


def test_f46_what_is_not_public_is_in_no_group_and_on_no_page(tmp_path: Path) -> None:
    with Pages(tmp_path, public_projects=("example/*",)) as pages:
        hushed = "ERROR: the vault of {n} could not be opened: no such key in the store"
        private = replace(CHANGE, number=1, private=True)
        closed = replace(CHANGE, number=2, project="closed/vault")
        fail(pages, 5, hushed, change=private)
        fail(pages, 6, hushed, change=closed)
        assert told(pages, "/unexplained.json")["builds"] == 0
        fail(pages, 7, hushed)
        [group] = told(pages, "/unexplained.json")["groups"]
        page = told(pages, f"/unexplained/{group['id']}.json")
        assert (len(page["members"]), page["draft"]["trial"]["members"], page["lines"][0]["count"]) == (1, 1, 1)
        never = {"/change/1": "/change/999", "/change/2": "/change/999", "/change/1.json": "/change/999.json"}
        never |= {f"/build/{5:032x}": f"/build/{9:032x}", f"/build/{6:032x}.json": f"/build/{9:032x}.json"}
        unknown = {path: ask(pages, other)[2] for path, other in never.items()}
        for path in never:
            answer = ask(pages, path)
            assert (answer[0], answer[2]) == (404, unknown[path])
        assert told(pages, f"/build/{7:032x}.json")["elsewhere"][0]["changes"] == 0
        for path in ("/unexplained", f"/unexplained/{group['id']}", "/signatures", "/change/107"):
            assert "closed" not in ask(pages, path)[2]


def test_a_change_that_has_become_private_is_untold(pages: Pages) -> None:
    where = replace(CHANGE, number=7)
    fail(pages, 5, change=where)
    assert ask(pages, "/change/7")[0] == 200
    fail(pages, 4, change=replace(where, private=True))
    assert ask(pages, "/change/7")[0] == 404
    assert ask(pages, f"/build/{5:032x}")[0] == 404
    assert told(pages, "/unexplained.json")["builds"] == 0


SECRETS = ("hushed", "vault")
"""Words of the change that has become private, of its branch and job, and of its line."""


def _every_page(pages: Pages, group: str, *cases: Case) -> str:
    """Whatever a reader may come to."""
    paths = ["/", "/now.json", "/bugs", "/bugs/1234567", "/bugs/1234567.json", "/unexplained", f"/unexplained/{group}"]
    paths += [f"/unexplained/{group}.yaml", "/rates", "/rates.json", "/signatures", "/feed.atom", "/metrics"]
    paths += [f"/change/{case.report.change.number}.json" for case in cases]
    return "".join(ask(pages, path)[2] for path in [*paths, *(f"/case/{case.id}" for case in cases)])


def test_f46_no_page_knows_a_change_any_more_that_has_become_private(tmp_path: Path) -> None:
    hushed = replace(CHANGE, number=7, branch="hushed", subject="hushed")
    build = ReportedBuild("hushed", "FAILURE", "f" * 32)
    line = "ERROR: the vault of {n} could not be opened: no such key in the store"
    with Pages(tmp_path) as pages:
        unexplained = fail(pages, 3, line, change=hushed, build=build)
        explained = fail(pages, 2, line, change=hushed, bugs=("1234567",), build=replace(build, uuid="e" * 32))
        [group] = told(pages, "/unexplained.json")["groups"]
        pages.outage(Failure(group["id"], known=False), unexplained, line)
        before = _every_page(pages, group["id"], unexplained, explained)
        assert all(word in before for word in SECRETS)
    with Pages(tmp_path) as pages:
        fail(pages, 1, line, change=replace(hushed, private=True), build=replace(build, uuid="d" * 32))
        after = _every_page(pages, group["id"], unexplained, explained)
        assert [word for word in SECRETS if word in after] == []
        fail(pages, 0, line, change=hushed, build=replace(build, uuid="c" * 32))
        assert ask(pages, "/change/7")[0] == 200, "it is public again"
        assert ask(pages, f"/case/{explained.id}")[0] == 404


def test_f46_an_outage_of_what_is_public_no_more_keeps_its_line_to_itself(tmp_path: Path) -> None:
    line = "ERROR: the vault of {n} could not be opened: no such key in the store"
    with Pages(tmp_path) as pages:
        case = fail(pages, 3, line)
        [group] = told(pages, "/unexplained.json")["groups"]
        pages.outage(Failure(group["id"], known=False), case, line)
        [outage] = told(pages, "/now.json")["outages"]
        assert (outage["group"], outage["line"]) == (group["id"], line.format(n="0003"))
    with Pages(tmp_path, public_projects=("other/*",)) as pages:
        assert told(pages, "/now.json")["outages"] == []


@pytest.mark.parametrize(
    "path", ["/change/" + "9" * 5000, "/change/9999999999999", "/build/~7aCA", "/build/~7aCA.json"]
)
def test_f42_what_nothing_can_be_called_is_not_there(pages: Pages, path: str) -> None:
    status, _, body = ask(pages, path)
    assert status == 404
    assert "9999" not in body


@pytest.mark.parametrize("path", ["/", "/bugs", "/unexplained", "/rates", "/signatures"])
@pytest.mark.parametrize("days", ["until=1970-01-01", "since=1970-01-01", "since=9999-12-31", "until=9999-12-31"])
def test_f42_any_day_may_be_asked_for(pages: Pages, path: str, days: str) -> None:
    fail(pages, 5)
    assert ask(pages, f"{path}?{days}")[0] == 200


def test_f42_hostile_words_are_text_on_every_page_of_failures(pages: Pages) -> None:
    where = replace(CHANGE, number=7, project=HOSTILE, branch=HOSTILE, subject=HOSTILE, url="javascript:alert(1)")
    build = ReportedBuild(HOSTILE, HOSTILE, "f" * 32)
    line = "ERROR: " + HOSTILE.replace("{", "").replace("}", "")
    fail(pages, 5, line, change=where, build=build, said=HOSTILE, posts=("gerrit", f"irc:#{HOSTILE}"))
    fail(pages, 6, line, bugs=(HOSTILE,), build=replace(build, uuid="e" * 32))
    pages.sightings.replied([Reply(where, 1, HOSTILE, 5, Judgement.BUG, bug=HOSTILE, signatures=(HOSTILE,))])
    pages.problems = (Problem(HOSTILE, 1, 1, HOSTILE),)
    group = told(pages, "/unexplained.json")["groups"][0]["id"]
    for path in (
        "/unexplained",
        f"/unexplained/{group}",
        "/change/7",
        f"/build/{'f' * 32}",
        f"/build/{'e' * 32}",
        "/signatures",
    ):
        status, headers, body = ask(pages, path)
        assert (status, headers["Content-Security-Policy"]) == (200, POLICY), path
        assert "&lt;script&gt;alert(1)" in body, path
        for harm in ("<script>", "<img", 'href="javascript:', '"onmouseover'):
            assert harm not in body, path


@pytest.mark.parametrize(
    "path",
    ["/change/x", "/change/-1", "/change/" + "9" * 30, "/change/٣", "/build/~", "/build/~%3D", "/unexplained/x.yaml"],
)
def test_f42_what_cannot_be_is_not_found(pages: Pages, path: str) -> None:
    fail(pages, 5)
    assert ask(pages, path.replace("٣", "%D9%A3"))[0] == 404
