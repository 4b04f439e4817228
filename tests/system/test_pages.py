"""The pages in a real browser: hostile words stay words, nothing is asked of anybody else, and a phone can read it."""

import contextlib
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from gerritbot_er.dependencies import Condition
from gerritbot_er.model import BugFacts, Evidence, Failure, Judgement, Reply
from tests.peers.pages_running import CHANGE, EVIDENCE, SIGNATURE, Pages

from .conftest import or_skip
from .servers.axe import faults
from .servers.browser import Visit, chromium

BUG = "https://bugs.example.org/'onclick='alert(6)"
NOT_OURS = (
    "script:not([src$='static/script.js']), img, iframe, style, base, meta[http-equiv], form:not(.filters), "
    "svg:not(.plot svg, .spark, .share)"
)
TOUCH = """all => all.forEach(one =>
    ["mouseover", "mouseenter", "focus"].forEach(kind => one.dispatchEvent(new Event(kind, {bubbles: true}))))"""
PHONE = {"width": 360, "height": 740}
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>"
    "</code></pre><iframe srcdoc='<script>alert(4)</script>'></iframe>"
    "<style>@import 'https://evil.example.com/x.css';body{display:none}</style>"
    "<link rel=stylesheet href=https://evil.example.com/y.css><base href=https://evil.example.com/>"
    "<meta http-equiv=refresh content='0;url=https://evil.example.com/'><form action=https://evil.example.com/>"
    "\"' onmouseover=alert(5) x='{{ 7 * 7 }}"
)
NAME = HOSTILE.replace("/", "")
"""What a signature's file may be called at worst."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with or_skip(chromium) as started:
        yield started


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    """Pages where every text that others choose is hostile."""
    signature = replace(SIGNATURE, title=HOSTILE, bug=BUG, advice=HOSTILE)
    with Pages(tmp_path, signature=signature) as running:
        running.all_well()
        running.board.say("stream", Condition.DEGRADED, HOSTILE, retry_in=12)
        running.bugs[BUG] = BugFacts(BUG, HOSTILE, HOSTILE, closed=True, fixed=True, seen_at=running.clock.now())
        yield running


def fill(pages: Pages) -> str:
    """Known bugs and unexplained failures on hostile changes, answers, and an outage; returns the id of a case."""
    change = replace(CHANGE, project=HOSTILE, branch=HOSTILE, url='https://review.example.org/"onclick="alert(7)')
    evidence = Evidence(HOSTILE, HOSTILE, 1, "https://zuul.example.org/'onclick='alert(8)")
    long = replace(evidence, line="boom " + "y" * 1_000_000)
    captured = (("value", HOSTILE), ("long", "x" * 500))
    case = pages.keep(change=change, job=HOSTILE, evidence=evidence, more=(evidence,), captured=captured)
    for number in range(1, 4):
        hostile = replace(change, number=4711 + number)
        pages.fail(3 * number, SIGNATURE.name, change=hostile, job=HOSTILE, evidence=evidence)
        pages.fail(3 * number + 1, NAME, change=hostile, job=HOSTILE, evidence=long)
        pages.fail(3 * number + 2, change=hostile, job=HOSTILE, evidence=replace(evidence, line=f"{HOSTILE} lost"))
    at = int(pages.clock.now())
    names = (SIGNATURE.name, NAME)
    pages.sightings.replied([Reply(change, 2, HOSTILE, at, Judgement.BUG, HOSTILE, case.id, names)])
    pages.outage(Failure(HOSTILE, known=False), case, HOSTILE)
    return case.id


WHERE = (
    "/",
    "/?project=HOSTILE&job=HOSTILE",
    "/bugs",
    f"/bugs/{SIGNATURE.name}",
    "/bugs/NAME",
    "/unexplained",
    "/unexplained/GROUP",
    "/change/4712",
    "/build/BUILD",
    "/signatures",
    "/rates",
    "/case/CASE",
)
"""Every page; words in capitals stand for what is only known when the pages are filled."""


def path_of(pages: Pages, where: str, case: str) -> str:
    """The path of a page in pages that were filled."""
    with urllib.request.urlopen(f"{pages.url}/unexplained.json") as answer:
        group = json.load(answer)["groups"][0]["id"]
    names = {
        "HOSTILE": quote(HOSTILE, safe=""),
        "NAME": quote(NAME),
        "GROUP": group,
        "BUILD": f"{5:032x}",
        "CASE": case,
    }
    for name, value in names.items():
        where = where.replace(name, value)
    return where


@pytest.mark.parametrize("where", WHERE)
def test_f42_no_hostile_word_does_anything_in_a_browser(browser: Browser, pages: Pages, where: str) -> None:
    path = path_of(pages, where, fill(pages))
    with browser.new_page() as page:
        visit = Visit(page)
        answer = page.goto(pages.url + path, wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200
        page.eval_on_selector_all("body *", TOUCH)
        for opened in page.locator("summary, button.sort").all():
            opened.click()
        assert visit.dialogs == []
        assert visit.console == [], "neither a script that was stopped nor a part of ours that the policy forbids"
        assert {url for url in visit.asked if not url.startswith(pages.url)} == set()
        assert page.url == pages.url + path
        assert page.locator(NOT_OURS).count() == 0
        assert HOSTILE[:60] in page.inner_text("body")
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.protocol + link.host)")
        ours = pages.url.replace("//", "")
        assert set(links) <= {ours, "https:review.example.org", "https:zuul.example.org", "https:bugs.example.org"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("where", WHERE)
def test_a_phone_reads_it_in_one_column_by_day_and_by_night(
    browser: Browser, pages: Pages, where: str, scheme: str
) -> None:
    path = path_of(pages, where, fill(pages))
    with browser.new_page(viewport=PHONE, color_scheme=scheme) as page:  # type: ignore[arg-type] # light and dark
        page.goto(pages.url + path)
        for opened in page.locator("summary").all():
            opened.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "nothing to scroll sideways"
        ground, ink = page.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        )
        assert contrast(ground, ink) >= 7
        quiet = page.evaluate("getComputedStyle(document.querySelector('.quiet')).color")
        assert contrast(ground, quiet) >= 4.5
        assert luminance(ground) > 0.5 if scheme == "light" else luminance(ground) < 0.1


def test_a_small_window_shows_every_column_of_the_bugs(browser: Browser, pages: Pages) -> None:
    fill(pages)
    with browser.new_page(viewport={"width": 1000, "height": 700}) as page:
        page.goto(f"{pages.url}/bugs")
        page.locator("button.sort").first.wait_for()
        assert page.eval_on_selector(".scroll", "table => table.scrollWidth - table.clientWidth") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("where", WHERE)
def test_axe_finds_nothing_that_keeps_people_from_reading_it(
    browser: Browser, pages: Pages, where: str, scheme: str
) -> None:
    path = path_of(pages, where, fill(pages))
    with browser.new_page(color_scheme=scheme) as page:  # type: ignore[arg-type] # light and dark
        page.goto(pages.url + path)
        with or_skip(lambda: contextlib.nullcontext(faults(page))) as found:
            assert found == []


def test_without_scripts_everything_is_there(browser: Browser, pages: Pages) -> None:
    fill(pages)
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(f"{pages.url}/bugs")
        page.get_by_text("Filter by project").click()
        page.get_by_label("job").fill("no such job")
        page.get_by_role("button", name="Show").click()
        assert "No known bug hit in this time." in page.inner_text("main")
        page.get_by_role("link", name="take away: job").click()
        assert page.locator("tbody tr").count() == 2


def test_with_scripts_tables_sort_and_times_are_spans(browser: Browser, pages: Pages) -> None:
    for number, name in enumerate(("a", "b", "b", "c", "c", "c")):
        pages.fail(number, name, ago=3600.0 * (number + 1))
    with browser.new_page() as page:
        page.goto(f"{pages.url}/bugs")
        assert page.locator("tbody th").all_inner_texts() == ["c", "b", "a"]
        page.get_by_role("button", name="bug").click()
        assert page.locator("tbody th").all_inner_texts() == ["a", "b", "c"]
        page.get_by_role("button", name="last seen").click()
        assert page.locator("tbody time").all_inner_texts() == ["1 hour ago", "2 hours ago", "4 hours ago"]
        assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"


def drafted(pages: Pages) -> tuple[str, str]:
    """The path of a group's page, and its drafted signature."""
    for number in range(3):
        line = replace(EVIDENCE, line=f"ERROR: the volume vol-{number} could not be attached: connection lost")
        pages.fail(number, change=replace(CHANGE, number=number), evidence=line)
    with urllib.request.urlopen(f"{pages.url}/unexplained.json") as answer:
        path = f"/unexplained/{json.load(answer)['groups'][0]['id']}"
    with urllib.request.urlopen(f"{pages.url}{path}.yaml") as answer:
        return path, answer.read().decode()


PASTE = "navigator.clipboard.readText()"
SELECTED = "getSelection().toString()"


def test_a_draft_is_copied_whole(browser: Browser, pages: Pages) -> None:
    path, text = drafted(pages)
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context, context.new_page() as page:
        page.goto(pages.url + path)
        page.get_by_role("button", name="Copy", exact=True).click()
        page.get_by_role("button", name="Copied").wait_for()
        assert page.evaluate(PASTE) == text


def test_where_nothing_may_be_copied_the_draft_is_selected(browser: Browser, pages: Pages) -> None:
    path, text = drafted(pages)
    host = pages.url.replace("127.0.0.1", "er.example.org")
    with browser.new_context() as context, context.new_page() as page:
        page.route(
            f"{host}/**",
            lambda route: route.fulfill(response=route.fetch(url=route.request.url.replace(host, pages.url))),
        )
        page.goto(host + path)
        assert page.evaluate("navigator.clipboard") is None, "plain HTTP from elsewhere has no clipboard"
        page.get_by_role("button", name="Copy", exact=True).click()
        page.get_by_role("button", name="Selected: now copy it with the keyboard").wait_for()
        assert page.evaluate(SELECTED).strip() == text.strip()


def test_without_scripts_a_draft_can_be_read_and_downloaded(browser: Browser, pages: Pages, tmp_path: Path) -> None:
    path, text = drafted(pages)
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(pages.url + path)
        assert page.get_by_role("button", name="Copy").count() == 0
        assert page.locator("[data-copy]").inner_text().strip() == text.strip()
        with page.expect_download() as started:
            page.get_by_role("link", name="Download it as a file").click()
        started.value.save_as(tmp_path / "draft.yaml")
        assert started.value.suggested_filename == f"{path.rpartition('/')[2]}.yaml"
    assert (tmp_path / "draft.yaml").read_text("utf-8") == text


def test_a_refusal_stands_in_the_frame_and_leads_on(browser: Browser, pages: Pages) -> None:
    with browser.new_page(viewport={"width": 360, "height": 740}) as page:
        answer = page.goto(f"{pages.url}/case/0123456789ab")
        assert answer is not None
        assert answer.status == 404
        assert page.title() == "This case is not known, or not any more · gerritbot-er"
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        with or_skip(lambda: contextlib.nullcontext(faults(page))) as found:
            assert found == []
        page.get_by_role("link", name="Bugs that hit lately").click()
        assert page.inner_text("h1") == "Bugs"


def test_what_is_older_than_a_month_is_told_by_its_day(browser: Browser, pages: Pages) -> None:
    pages.fail(1, "a", ago=40 * 86_400.0)
    with browser.new_page() as page:
        page.goto(f"{pages.url}/bugs?last=90d")
        told = page.locator("tbody time")
        assert told.inner_text() == (told.get_attribute("datetime") or "")[:10]


def test_a_keyboard_comes_to_the_content_first(browser: Browser, pages: Pages) -> None:
    with browser.new_page() as page:
        page.goto(pages.url)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def luminance(color: str) -> float:
    """Relative luminance of "rgb(r, g, b)", as WCAG 2 defines it."""
    shares = [int(part) / 255 for part in color.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
