"""Which files of a build are read: links of index pages, and the choice among files."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.http_client import HttpClient
from gerritbot_er.logs.fetch_choice import LogFile, chosen
from gerritbot_er.logs.fetch_listing import links, listing

BASE = "https://logs.example.org/85/1/check/unit/44ee0e9/"

APACHE = """<html><body><h1>Index of /85</h1><table><tr><th><a href="?C=N;O=D">Name</a></th></tr>
<tr><td><a href="/85/1/check/unit/">Parent Directory</a></td></tr>
<tr><td><a href="job-output.txt.gz">job-output.txt.gz</a></td></tr>
<tr><td><a href="logs/">logs/</a></td></tr><tr><td><a href="a%20b.log">a b.log</a></td></tr></table></body></html>"""

NGINX = """<html><head><title>Index of /85/</title></head><body><h1>Index of /85/</h1><hr><pre><a href="../">../</a>
<a href="logs/">logs/</a>                21-Nov-2026 09:52     -
<a href="/85/1/check/unit/44ee0e9/console.html">console.html</a>   21-Nov-2026 09:52  1234
</pre></body></html>"""


@pytest.mark.parametrize(
    ("page", "names"),
    [
        (APACHE, ["job-output.txt.gz", "logs/", "a%20b.log"]),
        (NGINX, ["logs/", "console.html"]),
        ('<a href="https://evil.example.org/x.log">x</a><a href="javascript:x">y</a><a href="//h/z">z</a>', []),
        ('<a href="../../secret.log">x</a><a href="logs/../../../up.log">y</a><a href="#top">z</a><a>n</a>', []),
        ('<a href="http://[broken/x.log">x</a><a href="x.log">', ["x.log"]),
    ],
)
def test_links_below_the_page_are_taken(page: str, names: list[str]) -> None:
    assert links(page, BASE) == [BASE + name for name in names]


@given(st.text(max_size=200), st.lists(st.text(max_size=30), max_size=4))
def test_any_page_is_read_without_harm(page: str, targets: list[str]) -> None:
    html = page + "".join(f'<a href="{target}">x</a>' for target in targets)
    assert all(link.startswith(BASE) and ".." not in link.split("/") for link in links(html, BASE))


def _paths(*paths: str, most: int = 100) -> tuple[list[str], int]:
    files, beyond = chosen([LogFile(path, BASE + path) for path in paths], most)
    return [file.path for file in files], beyond


def test_the_most_telling_come_first() -> None:
    assert _paths("zuul.txt", "logs/screen-n-cpu.txt", "logs/devstacklog.txt.gz", "app.log", "job-output.txt") == (
        ["job-output.txt", "logs/devstacklog.txt.gz", "app.log", "logs/screen-n-cpu.txt", "zuul.txt"],
        0,
    )


def test_what_is_no_text_log_is_left_out() -> None:
    no_logs = [
        "a.qcow2",
        "job-output.json.gz",
        "zuul-manifest.json",
        "testr_results.html.gz",
        "x.subunit",
        "pip2-freeze.txt",
    ]
    no_logs += [
        "docs/html/index.txt",
        "logs/etc/app.conf",
        "img.png",
        "requirements.txt",
        "core.1234.xz",
        "inventory.yaml",
    ]
    logs = ["console.html", "logs/apache/error.log.1", "logs/journal.txt", "logs/messages", "out.err", "var/log/syslog"]
    assert sorted(_paths(*no_logs, *logs)[0]) == logs


def test_packed_and_plain_are_read_once_and_the_rest_is_counted() -> None:
    assert _paths("a.log.gz", "a.log", "b.log", "c.log", most=2) == (["a.log", "b.log"], 1)


class _Manifest:
    """A web server that has a manifest alone."""

    def read(self, url: str, *, most: int) -> bytes:
        assert url == f"{BASE}zuul-manifest.json"
        body = rb'{"tree": [{"name": "a\ud800.log"}, {"name": "b", "children": [{"name": "\udfff.log", "size": 3}]}]}'
        assert len(body) < most
        return body


def test_half_a_character_in_a_manifest_does_no_harm() -> None:
    assert listing(cast("HttpClient", _Manifest()), BASE).files == (
        LogFile("a?.log", f"{BASE}a%3F.log"),
        LogFile("b/?.log", f"{BASE}b/%3F.log", 3),
    )
