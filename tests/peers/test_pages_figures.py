"""The pages of figures over true HTTP: what they tell in words and in JSON, and what feed readers are told."""

import html
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gerritbot_er.model import BugFacts, Evidence, Failure, Judgement, Reply
from gerritbot_er.settings import Speaking

from .pages_running import CHANGE, Pages, pages_at
from .test_pages import HOSTILE, ask

ATOM = "{http://www.w3.org/2005/Atom}"
HOUR = 3600
LOST = Evidence("oslo_db: lost connection to the database", "job-output.txt")


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    with Pages(tmp_path) as running:
        running.all_well()
        yield running


def as_json(pages: Pages, path: str) -> dict[str, Any]:
    status, headers, body = ask(pages, path)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    told: dict[str, Any] = json.loads(body)
    return told


def test_the_first_page_tells_what_fails_and_how_it_stands_with_the_daemon(pages: Pages) -> None:
    pages.fail(1, "1234567")
    pages.fail(2, evidence=LOST, change=replace(CHANGE, number=8))
    body = ask(pages, "/")[2]
    for words in (
        "<title>Now · gerritbot-er</title>",
        '<a href="./" aria-current="page">Now</a>',
        "<div><dt>failed builds</dt><dd>2</dd></div>",
        "<div><dt>explained, of those decided</dt><dd>50 %</dd></div>",
        "<div><dt>hours of CI lost</dt><dd>2.0</dd></div>",
        '<a href="bugs/1234567?last=24h">the image registry refused the pull</a>',
        "oslo_db: lost connection to the database</a></th>",
        '<a href="?last=24h&amp;job=unit">unit</a>',
        "The daemon: working</h2>",
    ):
        assert words in body
    told = as_json(pages, "/now.json")
    assert told["failures"]["outcomes"] == {
        "explained": 1, "unexplained": 1, "no_logs": 0, "undecided": 0, "waiting": 0,
    }  # fmt: skip
    assert told["daemon"]["well"] is True


def test_filters_hold_for_figures_and_for_the_last_failures(pages: Pages) -> None:
    pages.fail(1, "1234567")
    pages.fail(2, change=replace(CHANGE, number=8, project="other"), job="docs")
    body = ask(pages, "/?project=other")[2]
    assert "<div><dt>failed builds</dt><dd>1</dd></div>" in body
    assert "example/widgets 4711,2</a>" not in body
    assert "other 8,2</a>" in body
    assert '<span class="unseen">take away: </span>project other <span aria-hidden="true">✕</span></a>' in body
    assert '<a href="bugs?project=other">Bugs</a>' in body, "what was asked goes along to other pages"
    assert '<option value="docs"></option>' in body
    assert "example/widgets 4711,2</a>" not in ask(pages, "/?job=docs")[2]


def test_days_that_are_asked_for_hold_for_the_last_failures_and_a_span_does_not(pages: Pages) -> None:
    pages.fail(1, "1234567", ago=3 * 24 * HOUR)
    assert "example/widgets 4711,2</a>" in ask(pages, "/?last=6h")[2], "the last ones, however long ago"
    for days in ("since=2020-01-01&until=2020-02-01", "until=2020-01-01"):
        body = ask(pages, f"/?{days}")[2]
        assert "example/widgets 4711,2</a>" not in body
        assert '<p class="quiet">None of the last 200 fits.</p>' in body


@pytest.mark.parametrize("job", ["a/b+c", "100%41", "ü&x=1#y?z", "two  blanks", "long-" * 80])
def test_a_link_filters_by_any_name(pages: Pages, job: str) -> None:
    pages.fail(1, "1234567", job=job)
    pages.fail(2, "1234567", job="other")
    for page in ("/rates", "/", "/bugs/1234567"):
        links = re.findall(r'<a href="([?]last=[^"]*job=[^"]*)"', ask(pages, page)[2])
        filtered = [ask(pages, f"{page}{html.unescape(link)}")[2] for link in links]
        assert len(filtered) == 2, "one link for each job"
        assert all(re.search("<dt>(failed )?builds</dt><dd>1</dd>", body) for body in filtered)
        assert "No failed build of the job" not in "".join(filtered)


def test_days_until_a_signature_is_stale_stay_with_the_page_of_signatures(pages: Pages) -> None:
    body = ask(pages, "/signatures?stale=30&project=nova")[2]
    assert '<a href="bugs?project=nova">Bugs</a>' in body
    assert body.count('<input type="hidden" name="stale" value="30">') == 1, "whoever filters keeps them"


def test_bugs_are_ranked_by_what_they_cost(pages: Pages) -> None:
    for number in range(3):
        pages.fail(number, "1234567", change=replace(CHANGE, number=number))
    for number in range(4, 8):
        pages.fail(number, "dns")
    told = as_json(pages, "/bugs.json")
    assert [(one["named"]["signature"], one["cost"], one["share"]) for one in told["bugs"]] == [
        ("dns", 4 * HOUR, 1.0),
        ("1234567", 3 * HOUR, 0.75),
    ]
    body = ask(pages, "/bugs")[2]
    assert body.index(">dns</a>") < body.index(">the image registry refused the pull</a>")
    assert "and 3 more for each gate reset" in body


def test_where_no_report_tells_how_long_builds_ran_no_cost_is_made_up(pages: Pages) -> None:
    pages.keep()
    body = ask(pages, "/bugs?last=365d&until=2027-01-16")[2]
    words = "No report says how long its builds ran, so the bugs with most builds stand first."
    assert f'<p class="note">{words}</p>' in body
    assert "cost in hours" not in body
    pages.fail(1, "1234567")
    assert "cost in hours" in ask(pages, "/bugs")[2]
    assert "None of these reports" not in ask(pages, "/bugs")[2]


def test_builds_that_were_found_later_are_marked_wherever_hits_are_counted(pages: Pages) -> None:
    pages.fail(1, change=replace(CHANGE, project="other"))
    pages.fail(2, "1234567")
    pages.fail(3, ago=20 * 24 * HOUR)
    for number in (1, 3):
        pages.find_later(number, "1234567")
    marked = '<td class="number" data-value="2">2<br><span class="quiet">1 found later</span></td>'
    assert marked in ask(pages, "/bugs")[2]
    assert marked in ask(pages, "/signatures")[2]
    assert "<div><dt>of them found later</dt><dd>1</dd></div>" in ask(pages, "/bugs/1234567")[2]
    assert "<div><dt>of them found later</dt><dd>2</dd></div>" in ask(pages, "/bugs/1234567?last=90d")[2]
    assert as_json(pages, "/bugs.json?last=30d&project=other")["bugs"][0]["later"] == 1
    assert as_json(pages, "/signatures.json")["signatures"][0]["later"] == 1
    assert "found later" not in ask(pages, "/bugs?project=example/widgets")[2]


def test_one_bug_has_its_line_its_changes_its_answers_and_its_signature(pages: Pages) -> None:
    pages.fail(1, "1234567")
    pages.sightings.replied([Reply(CHANGE, 2, "jane", int(time.time()), Judgement.WRONG, signatures=("1234567",))])
    body = ask(pages, "/bugs/1234567")[2]
    for words in (
        "<h1>the image registry refused the pull",
        '<a href="https://bugs.example.org/1234567" rel="noopener noreferrer nofollow">',
        "<code>toomanyrequests: You have reached your pull rate limit.</code>",
        f'<a href="../build/{1:032x}">unit</a>',
        '<a href="../change/4711">4711</a>',
        '<span class="badge wrong-bug">wrong bug</span></td><td>jane</td>',
        "<code data-copy>query: x</code>",
        'aria-label="Builds that it broke: 1 in all, the most ',
    ):
        assert words in body
    assert as_json(pages, "/bugs/1234567.json")["detail"]["spread"]["builds"] == 1


def test_the_text_of_a_signature_is_that_of_its_file(pages: Pages) -> None:
    (pages.settings.signatures.directories[0] / "1234567.yaml").write_text("query: x  # <why>\n", "utf-8")
    body = ask(pages, "/bugs/1234567")[2]
    assert "<code data-copy>query: x  # &lt;why&gt;\n</code>" in body
    assert "It has not hit any build yet." in body


def test_a_bug_whose_signature_is_gone_is_still_told_of_and_one_that_never_was_is_not(pages: Pages) -> None:
    pages.fail(1, "gone", ago=30 * 24 * HOUR)
    body = ask(pages, "/bugs/gone")[2]
    assert "It did not hit in this time." in body
    assert "There is no signature of this name any more." in body
    assert ask(pages, "/bugs/never")[0] == 404
    assert ask(pages, "/bugs/never.json")[0] == 404


URL = "https://bugs.example.org/1234567"


@pytest.mark.parametrize(
    ("facts", "mark"),
    [
        (BugFacts(URL, "limit", "In Progress", closed=False, fixed=False, seen_at=0.0), "open"),
        (BugFacts(URL, "limit", "Opinion", closed=True, fixed=False, seen_at=0.0), "closed"),
        (BugFacts(URL, "limit", "Fix Released", closed=True, fixed=True, seen_at=0.0), "fixed"),
    ],
)
def test_what_the_tracker_says_of_a_bug_stands_beside_its_title(pages: Pages, facts: BugFacts, mark: str) -> None:
    pages.fail(1, "1234567")
    pages.bugs[URL] = replace(facts, seen_at=time.time())
    words = f'<span class="badge {mark}">{facts.state}</span>'
    assert words in ask(pages, "/bugs")[2]
    assert words in ask(pages, "/bugs/1234567")[2]
    pages.bugs[URL] = replace(facts, seen_at=time.time() - 30 * 24 * HOUR)
    assert words not in ask(pages, "/bugs")[2], "what was said so long ago may hold no more"


def test_an_outage_stands_first_of_all(pages: Pages) -> None:
    pages.outage(Failure("1234567"), pages.fail(1, "1234567"))
    body = ask(pages, "/")[2]
    assert '<span class="badge outage">outage</span> <a href="bugs/1234567">the image registry refused' in body
    assert re.search(r"<p>It hit 14 changes, the first <time [^>]*>[^<]*</time> and the last <time ", body)
    assert body.index('class="outage"') < body.index('class="asked"')


def test_an_unexplained_outage_shows_its_line(pages: Pages) -> None:
    case = pages.fail(1, evidence=LOST)
    group = as_json(pages, "/unexplained.json")["groups"][0]["id"]
    pages.outage(Failure(group, known=False), case, LOST.line)
    body = ask(pages, "/")[2]
    assert f'<a href="unexplained/{group}">A failure that nobody has explained</a>' in body
    assert '<pre tabindex="0"><code>oslo_db: lost connection to the database</code></pre>' in body


def test_rates_tell_how_much_is_explained_and_how_long_that_took(pages: Pages) -> None:
    pages.fail(1, "1234567")
    pages.fail(2)
    pages.workload = replace(pages.workload, waiting=7)
    body = ask(pages, "/rates")[2]
    for words in (
        "<div><dt>explained, of those decided</dt><dd>50 %</dd></div>",
        '<th scope="row">until a build&#39;s verdict</th><td class="number">1.0 h</td>',
        '<th scope="row">until our comment, whatever the filters</th><td class="number">1.0 h</td>',
        "<div><dt>builds that wait for their logs</dt><dd>7</dd></div>",
    ):
        assert words in body
    assert as_json(pages, "/rates.json")["commenting"]["count"] == 1


def entries(body: str) -> list[dict[str, str | None]]:
    return [
        {one.tag.removeprefix(ATOM): one.text for one in entry} | {"href": _href(entry)}
        for entry in ET.fromstring(body).iter(f"{ATOM}entry")  # noqa: S314 - our own
    ]


def _href(entry: ET.Element) -> str | None:
    link = entry.find(f"{ATOM}link")
    return None if link is None else link.get("href")


def test_the_feed_tells_of_new_bugs_and_of_new_groups(tmp_path: Path) -> None:
    with pages_at(tmp_path, speaking=Speaking(page="https://er.example.org/bot")) as pages:
        pages.fail(1, "1234567", ago=2 * HOUR)
        for number in (2, 3):
            pages.fail(number, evidence=LOST, change=replace(CHANGE, number=number), ago=HOUR - number)
        status, headers, body = ask(pages, "/feed.atom")
        assert (status, headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
        group, bug = entries(body)
        assert (bug["title"], bug["href"]) == (
            "New: the image registry refused the pull",
            "https://er.example.org/bot/bugs/1234567",
        )
        assert str(bug["id"]).startswith("tag:review.example.org,2026:bugs/1234567/")
        assert str(bug["content"]).startswith("It hit for the first time: 1 build on 1 change since ")
        assert group["title"] == "Unexplained: oslo_db: lost connection to the database"
        assert str(group["content"]).startswith("It is on more than one change now: 2 builds on 2 changes")
        assert ask(pages, "/feed.atom")[2] == body, "the same news have the same ids"


def test_a_feed_without_a_known_address_has_no_links(pages: Pages) -> None:
    pages.fail(1, "1234567")
    assert [one["href"] for one in entries(ask(pages, "/feed.atom")[2])] == [None]
    assert entries(ask(pages, "/feed.atom")[2]) != []


def test_a_feed_of_nothing_is_a_feed(pages: Pages) -> None:
    assert entries(ask(pages, "/feed.atom")[2]) == []


def test_hostile_words_are_text_in_every_page_and_in_the_feed(tmp_path: Path) -> None:
    bad = "\x00\x0b\ufffe\U000e0001"
    line, lost = Evidence(HOSTILE, HOSTILE, 1), Evidence(HOSTILE + " lost connection " + bad, HOSTILE)
    with pages_at(tmp_path) as pages:
        for number in (1, 2):
            hostile = replace(CHANGE, number=number, project=HOSTILE + bad, branch=HOSTILE)
            pages.fail(2 * number, HOSTILE + bad, change=hostile, job=HOSTILE, evidence=line)
            pages.fail(2 * number + 1, change=hostile, job=HOSTILE, evidence=lost)
        link = as_json(pages, "/bugs.json")["bugs"][0]["named"]["signature"]
        assert link == HOSTILE + bad
        for path in ("/", "/bugs", "/rates"):
            body = ask(pages, path)[2]
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
            for harm in ("<script>", "<img", "onerror=alert(2)>"):
                assert harm not in body
        told = entries(ask(pages, "/feed.atom")[2])
        assert any(HOSTILE in str(one["title"]) for one in told)
