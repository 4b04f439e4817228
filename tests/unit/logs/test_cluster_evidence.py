import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.logs.answer import Hit
from gerritbot_er.logs.evidence import evidence, of_attempt
from gerritbot_er.model import Build, Evidence

PAGE = "https://zuul.example.org/t/acme/build/0cc1"
FOLDER = "https://storage.example.net/v1/logs_1/0cc1/"


def _build(web_url: str | None = PAGE, *log_urls: str) -> Build:
    return Build(
        "0cc1", "unit", "FAILURE", "zuul", "acme/widgets", "main", 12, 3, 0, web_url=web_url, log_urls=log_urls
    )


def _hit(filename: str, log_url: str, message: str = "No space left on device") -> Hit:
    return Hit(message, filename, log_url, None)


def test_the_console_is_opened_in_the_ci_s_viewer() -> None:
    assert evidence(_hit("job-output.txt", FOLDER), _build()) == Evidence(
        "No space left on device", "job-output.txt", None, f"{PAGE}/log/job-output.txt"
    )


@pytest.mark.parametrize(
    ("filename", "log_url", "build", "url"),
    [
        # the bare name of a file somewhere below: only the document's own URL is known
        ("syslog.txt", FOLDER, _build(), FOLDER),
        ("syslog.txt", "", _build(), None),
        # the document's URL lies inside the build's logs, so the path is known
        (
            "syslog.txt",
            f"{FOLDER}controller/logs/syslog.txt",
            _build(PAGE, FOLDER),
            f"{PAGE}/log/controller/logs/syslog.txt",
        ),
        ("a b#c.txt", f"{FOLDER}x/a b#c.txt", _build(PAGE, FOLDER.rstrip("/")), f"{PAGE}/log/x/a%20b%23c.txt"),
        ("syslog.txt", f"{FOLDER}../syslog.txt", _build(PAGE, FOLDER), f"{FOLDER}../syslog.txt"),
        ("syslog.txt", f"{FOLDER}other.txt", _build(PAGE, FOLDER), f"{FOLDER}other.txt"),
        # no viewer
        ("job-output.txt", FOLDER, _build(None), FOLDER),
        # what is no URL is no link
        ("syslog.txt", "javascript:alert(1)", _build(None), None),
        ("syslog.txt", "https://[bad", _build(None), None),
        ("syslog.txt", "https://logs.example.org/a b", _build(None), None),
        ("syslog.txt", "file:///etc/passwd", _build(None), None),
        ("syslog.txt", "https:///nowhere", _build(None), None),
    ],
)
def test_links(filename: str, log_url: str, build: Build, url: str | None) -> None:
    assert evidence(_hit(filename, log_url), build).url == url


def test_the_link_opens_the_page_of_the_attempt_that_the_line_is_of() -> None:
    root = "https://zuul.example.org/t/acme/build/"
    build = _build(root + "a" * 32)
    found = evidence(_hit("job-output.txt", FOLDER), of_attempt(build, "b" * 32))
    assert found.url == f"{root}{'b' * 32}/log/job-output.txt"
    assert of_attempt(build, "a" * 32) is build
    assert of_attempt(_build(None), "b" * 32) == _build(None)


@given(st.text(), st.text(), st.text())
def test_evidence_is_one_clean_line(message: str, filename: str, log_url: str) -> None:
    found = evidence(_hit(filename, log_url, message), _build())
    assert len(found.line) <= 1000
    assert not set("\n\r\x1b\x85\u2028\u202e") & set(found.line + found.file + (found.url or ""))
    (found.line + found.file + (found.url or "")).encode()
