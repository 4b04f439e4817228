"""Which URLs are a build's page at Zuul, and what they tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.ci.build_urls import BuildPage, build_page, log_page, uuid_of

UUID = "9d4ba108779f497198133d4aec15b232"
ZUUL = "https://zuul.example.org"


@pytest.mark.parametrize(
    ("url", "page"),
    [
        (f"{ZUUL}/t/acme/build/{UUID}", BuildPage(ZUUL, "acme", UUID)),
        (f"{ZUUL}/t/acme/build/{UUID}/", BuildPage(ZUUL, "acme", UUID)),
        (f"{ZUUL}:8443/ci/t/my%20tenant/build/{UUID}?a=b#c", BuildPage(f"{ZUUL}:8443/ci", "my tenant", UUID)),
        (f"{ZUUL}/t/acme/build/{UUID}/log/a/build/{'0' * 32}/b.txt#5", BuildPage(ZUUL, "acme", UUID)),
        (f"{ZUUL}/api/tenant/acme/build/{UUID}", BuildPage(ZUUL, "acme", UUID)),
        (f"https://t/acme/build/{UUID}", BuildPage("https://t/acme", None, UUID)),
        # one tenant alone on a host or below a root
        (f"{ZUUL}/build/{UUID}", BuildPage(ZUUL, None, UUID)),
        (f"{ZUUL}/build/{UUID}/console", BuildPage(ZUUL, None, UUID)),
        (f"https://review.example.org/zuul/build/{UUID}", BuildPage("https://review.example.org/zuul", None, UUID)),
        # no root of pages is configured at the CI
        (f"build/{UUID}", BuildPage("", None, UUID)),
        (f"t/acme/build/{UUID}", BuildPage("", "acme", UUID)),
        # never started
        (f"{ZUUL}/t/acme/build/None", BuildPage(ZUUL, "acme", None)),
        ("build/None", BuildPage("", None, None)),
    ],
)
def test_a_page_tells_root_tenant_and_id(url: str, page: BuildPage) -> None:
    assert build_page(url) == page


@pytest.mark.parametrize(
    "url",
    [
        "",
        f"{ZUUL}/t/acme/buildset/{UUID}",
        f"{ZUUL}/t/acme/build/{UUID}0",
        f"{ZUUL}/t/acme/build/{UUID[:7]}",
        f"{ZUUL}/t/acme/rebuild/{UUID}",
        f"{ZUUL}/x?next=/t/acme/build/{UUID}",
        f"finger://ze01.example.org/build/{UUID}",
        f"//zuul.example.org/build/{UUID}",
        f"https://[broken/build/{UUID}",
        # folders of logs
        "http://logs.example.org/61/65361/2/check/check-requirements/8209fb4",
        "http://logs.example.org/41/58841/5/gate/docs/0718295/doc/build/html/",
        f"https://logs.example.org/build/{UUID}/job-output.txt",
        f"https://logs.example.org/61/65361/2/check/build/{UUID}/",
    ],
)
def test_what_is_no_page(url: str) -> None:
    assert build_page(url) is None


@pytest.mark.parametrize(
    ("url", "own"),
    [
        (f"{ZUUL}/ci/t/my%20tenant/build/{UUID}/log/x.txt", f"{ZUUL}/ci/t/my%20tenant/build/{UUID}"),
        (f"{ZUUL}/api/tenant/acme/build/{UUID}", f"{ZUUL}/t/acme/build/{UUID}"),
        (f"{ZUUL}/build/{UUID}/", f"{ZUUL}/build/{UUID}"),
        (f"build/{UUID}", f"build/{UUID}"),
        (f"{ZUUL}/build/None", f"{ZUUL}/build/None"),
    ],
)
def test_the_page_s_own_url(url: str, own: str) -> None:
    page = build_page(url)
    assert page is not None
    assert page.url == own


_PIECES = (
    "https://",
    "h",
    "/",
    "t/",
    "api/tenant/",
    "build/",
    UUID,
    "None",
    "/12/3/check/",
    "/log/",
    "?",
    "#",
    "[",
    "%2F",
)


@given(st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=12).map("".join))
def test_any_text_is_a_page_or_none_and_a_page_s_own_url_is_the_same_page(url: str) -> None:
    page = build_page(url)
    if page is not None:
        assert build_page(page.url) == page
        assert page.uuid is None or uuid_of(url) == page.uuid


def test_zuul_s_view_of_a_log_file() -> None:
    page = f"{ZUUL}/t/acme/build/{UUID}"
    assert log_page(page, "controller/logs/a b#1.txt") == f"{page}/log/controller/logs/a%20b%231.txt"
    assert log_page(f"{page}/", "job-output.txt", 7) == f"{page}/log/job-output.txt#7"
    assert build_page(log_page(page, "job-output.txt", 7)) == build_page(page)
