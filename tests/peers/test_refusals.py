"""What visitors are told over true HTTP where nothing can be shown: old links, mistyped filters, names of nobody."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from .pages_running import CHANGE, Pages
from .test_pages import HOSTILE, POLICY, ask

SENTENCES = re.compile(r"<(?:h1|p|li|a)(?: [^>]*)?>([^<]+)</")


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    with Pages(tmp_path) as running:
        running.all_well()
        yield running


def said(body: str) -> list[str]:
    """What the page's own part says, without the frame."""
    main = body.partition('<main id="main" tabindex="-1">')[2].partition("</main>")[0]
    return SENTENCES.findall(main)


def test_an_old_link_from_a_comment_leads_to_words_about_it(pages: Pages) -> None:
    status, headers, body = ask(pages, "/case/0123456789ab")
    assert (status, headers["Content-Security-Policy"]) == (404, POLICY)
    assert said(body) == [
        "This case is not known, or not any more",
        "A case is dropped 90 days after its CI report.",
        "Why builds failed is kept for 400 days: see the page of the change, /change/ and its number.",
        "Private changes and projects that are not public are shown to nobody.",
        "Go on with:",
        "What fails now",
        "Bugs that hit lately",
        "404 Not Found",
    ]
    assert '<a href="../">What fails now</a>' in body
    assert '<a href="../bugs">Bugs that hit lately</a>' in body


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("bugs/nosuch", "No bug is known by this name"),
        ("unexplained/0123456789ab", "There is no such group of unexplained failures"),
        ("change/1", "Nothing is known of this change"),
        ("build/0123456789ab", "Nothing is known of this build"),
        ("case/0123456789ab", "This case is not known, or not any more"),
        ("nosuch", "There is no such page"),
        ("case/one/two", "There is no such page"),
    ],
)
def test_each_kind_of_page_says_in_its_frame_and_in_json_what_may_be_the_matter(
    pages: Pages, path: str, title: str
) -> None:
    status, headers, body = ask(pages, f"/{path}")
    assert (status, headers["Content-Type"], said(body)[0]) == (404, "text/html; charset=utf-8", title)
    assert f'<link rel="stylesheet" href="{"../" * path.count("/")}static/style.css">' in body
    status, headers, text = ask(pages, f"/{path}.json")
    told = json.loads(text)
    assert (status, headers["Content-Type"], told["status"]) == (404, "application/json", 404)
    assert told["error"] == title
    assert told["says"]


def test_a_draft_that_is_gone_is_told_as_text(pages: Pages) -> None:
    status, headers, body = ask(pages, "/unexplained/0123456789ab.yaml")
    assert (status, headers["Content-Type"]) == (404, "text/plain; charset=utf-8")
    assert body == (
        "404 Not Found\n"
        "Perhaps a signature explains all of its builds by now: then they are on the page of a bug.\n"
        "A group is dropped 400 days after its last build.\n"
        "Private changes and projects that are not public are shown to nobody.\n"
    )
    assert ask(pages, "/static/nosuch.css")[2] == (
        "404 Not Found\nPerhaps the address is mistyped, or cut off where a line ends.\n"
    )


def test_a_filter_that_cannot_be_read_is_told_with_the_page_without_it(pages: Pages) -> None:
    status, _, body = ask(pages, "/bugs?projct=x&since=7x&branch=master")
    assert (status, said(body)) == (
        400,
        [
            "This cannot be asked for",
            "“projct” is no filter: perhaps “project” is meant.",
            "“since=7x” is no day since 1970: write one such as since=2026-11-21, or last=7d for a week.",
            "Go on with:",
            "Show the page without that",
            "400 Bad Request",
        ],
    )
    assert '<a href="?last=7d&amp;branch=master">Show the page without that</a>' in body
    status, _, text = ask(pages, "/rates.json?last=week")
    assert (status, json.loads(text)) == (
        400,
        {
            "status": 400,
            "error": "This cannot be asked for",
            "says": ["“last=week” is no time that can be asked for: write one of 6h, 24h, 7d, 14d, 30d, 90d, 365d."],
        },
    )
    assert ask(pages, "/unexplained/0123456789ab.yaml?x=y")[0] == 400


def test_what_a_link_to_one_change_or_case_brings_along_does_no_harm(pages: Pages) -> None:
    case = pages.keep()
    for path in (f"/case/{case.id}", "/change/4711", f"/build/{32 * 'a'}.json"):
        assert ask(pages, f"{path}?utm_source=mail&since=never")[0] == 200


def test_a_name_that_no_failure_has_is_said_with_the_nearest_that_one_has(pages: Pages) -> None:
    pages.fail(1, "1234567", change=replace(CHANGE, project="openstack/nova"))
    pages.fail(2, change=replace(CHANGE, project="openstack/hushed", private=True, number=9))
    for path in ("/", "/bugs", "/bugs/1234567", "/unexplained", "/rates", "/signatures"):
        body = ask(pages, f"{path}?project=Nova&last=30d")[2]
        assert (
            '<p class="note">No failed build of the project “Nova” is recorded. Did you mean '
            '<a href="?last=30d&amp;project=openstack%2Fnova">openstack/nova</a>?</p>'
        ) in body, path
    assert "is recorded" not in ask(pages, "/bugs?project=openstack/nova")[2]
    for hidden in ("hushed", "openstack/hushed"):
        body = ask(pages, f"/bugs?project={hidden}")[2]
        assert f"No failed build of the project “{hidden}” is recorded." in body
        assert "openstack/hushed</a>" not in body
    body = ask(pages, "/bugs?project=openstack/nova&job=xyz")[2]
    assert '<p class="note">No failed build of the job “xyz” is recorded.</p>' in body
    told = json.loads(ask(pages, "/bugs.json?project=nova&job=xyz")[2])
    assert (told["bugs"], told["unheard"]) == ([], {"project": "openstack/nova", "job": None})
    assert "unheard" not in json.loads(ask(pages, "/bugs.json?project=openstack/nova")[2])


def test_f42_what_a_visitor_wrote_is_text_in_a_refusal(pages: Pages) -> None:
    hostile = "".join(f"%{byte:02x}" for byte in HOSTILE.encode())
    for query in (f"{hostile}=1", f"since={hostile}", f"project={hostile}"):
        status, headers, body = ask(pages, f"/bugs?{query}")
        assert (status in (200, 400), headers["Content-Security-Policy"]) == (True, POLICY)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
        assert "<script>" not in body
        assert "<img" not in body
