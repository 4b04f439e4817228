"""The pages in a real browser: hostile words stay words, nothing is asked of anybody else, and a phone can read it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from gerritbot_er.model import Evidence
from gerritbot_er.standing import Condition
from tests.peers.pages_running import CHANGE, SIGNATURE, Pages

from .conftest import or_skip
from .servers.browser import Visit, chromium

PHONE = {"width": 360, "height": 740}
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>"
    "</code></pre><iframe srcdoc='<script>alert(4)</script>'></iframe>"
    "<style>@import 'https://evil.example.com/x.css';body{display:none}</style>"
    "<link rel=stylesheet href=https://evil.example.com/y.css><base href=https://evil.example.com/>"
    "<meta http-equiv=refresh content='0;url=https://evil.example.com/'><form action=https://evil.example.com/>"
    "\"' onmouseover=alert(5) x='{{ 7 * 7 }}"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with or_skip(chromium) as started:
        yield started


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    """A status page and a case where every text that others choose is hostile."""
    signature = replace(SIGNATURE, title=HOSTILE, bug="javascript:alert(6)", advice=HOSTILE)
    with Pages(tmp_path, signature=signature) as running:
        running.all_well()
        running.board.say("stream", Condition.DEGRADED, HOSTILE, retry_in=12)
        yield running


def hostile_case(pages: Pages) -> str:
    change = replace(CHANGE, project=HOSTILE, branch=HOSTILE, url='https://review.example.org/"onclick="alert(7)')
    link = "https://zuul.example.org/'onclick='alert(8)"
    evidence = Evidence(HOSTILE, HOSTILE, 1, link)
    captured = (("value", HOSTILE), ("long", "x" * 500))
    return pages.keep(change=change, job=HOSTILE, evidence=evidence, more=(evidence,), captured=captured).id


@pytest.mark.parametrize("where", ["/", "/case/ID"])
def test_f42_no_hostile_word_does_anything_in_a_browser(browser: Browser, pages: Pages, where: str) -> None:
    path = where.replace("ID", hostile_case(pages))
    with browser.new_page() as page:
        visit = Visit(page)
        answer = page.goto(pages.url + path, wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200
        for link in page.locator("a, pre, code, li, h1, h2, h3").all():
            link.hover()
        assert visit.dialogs == []
        assert visit.console == [], "neither a script that was stopped nor a part of ours that the policy forbids"
        assert {url for url in visit.asked if not url.startswith(pages.url)} == set()
        assert page.url == pages.url + path
        assert page.locator("script, img, iframe, svg, style, form, base, meta[http-equiv]").count() == 0
        assert HOSTILE[:60] in page.inner_text("pre >> nth=0")
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.protocol + link.host)")
        ours = pages.url.replace("//", "")
        assert set(links) <= {ours, "https:review.example.org", "https:zuul.example.org"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("where", ["/", "/case/ID"])
def test_a_phone_reads_it_in_one_column_by_day_and_by_night(
    browser: Browser, pages: Pages, where: str, scheme: str
) -> None:
    path = where.replace("ID", hostile_case(pages))
    with browser.new_page(viewport=PHONE, color_scheme=scheme) as page:  # type: ignore[arg-type] # light and dark
        page.goto(pages.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "nothing to scroll sideways"
        ground, ink = page.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        )
        assert contrast(ground, ink) >= 7
        quiet = page.evaluate("getComputedStyle(document.querySelector('.quiet')).color")
        assert contrast(ground, quiet) >= 4.5
        assert luminance(ground) > 0.5 if scheme == "light" else luminance(ground) < 0.1


def luminance(color: str) -> float:
    """Relative luminance of "rgb(r, g, b)", as WCAG 2 defines it."""
    shares = [int(part) / 255 for part in color.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
