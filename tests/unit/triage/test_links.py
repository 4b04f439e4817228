"""Which URLs may stand in a comment."""

from dataclasses import replace

import pytest

from gerritbot_er.triage.links import safe_link

from .world import ZUUL

CI = replace(ZUUL, log_hosts=("logs.example.org", "files.example.org:8443", "*.example.net"))


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://logs.example.org/1/job-output.txt", "https://logs.example.org/1/job-output.txt"),
        ("https://logs.example.org:8443/1/", "https://logs.example.org:8443/1/"),
        ("https://zuul.example.org/t/a/build/1#2", "https://zuul.example.org/t/a/build/1#2"),
        ("http://a.example.net/(x)_<b>", "http://a.example.net/%28x%29_%3Cb%3E"),
        ("https://files.example.org:8443/1/", "https://files.example.org:8443/1/"),
        ("https://files.example.org/1/", None),
        ("https://elsewhere.example.com/", None),
        ("https://logs.example.org@elsewhere.example.com/", None),
        ("https://logs.example.org:port/", None),
        ("javascript:alert(1)", None),
        ("https://logs.example.org/a b", None),
        ("https://logs.example.org/" + "a" * 500, None),
        (None, None),
    ],
)
def test_only_links_to_hosts_that_the_configuration_names_stand_in_a_comment(url: str | None, link: str | None) -> None:
    assert safe_link(url, CI) == link
