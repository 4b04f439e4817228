"""Where logs lie, told by the URL of a build in a comment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.builds.places import jenkins_build, log_folder


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        (
            "http://logs.example.org/61/65361/2/check/check-requirements/8209fb4",
            "http://logs.example.org/61/65361/2/check/check-requirements/8209fb4/",
        ),
        (
            "http://logs.example.org/16/661316/4/check/tox-docs/4a8100d/html/",
            "http://logs.example.org/16/661316/4/check/tox-docs/4a8100d/",
        ),
        (
            "http://logs.example.org/07/673707/1/check/npm-test/370f8b1/npm/reports/bundle.html?a=b#c",
            "http://logs.example.org/07/673707/1/check/npm-test/370f8b1/",
        ),
        (
            "http://drafts.example.org/33351/1/gate/gate-zuul-docs/586/doc/build/html/",
            "http://drafts.example.org/33351/1/gate/gate-zuul-docs/586/",
        ),
        (
            "https://logs.example.org/logs/1717c1e6f8d24435af9e0d7e5c257dcc/",
            "https://logs.example.org/logs/1717c1e6f8d24435af9e0d7e5c257dcc/",
        ),
        (
            "https://logs.example.org/production/vex-yul-rot-jenkins-1/vpp-verify-master/1924",
            "https://logs.example.org/production/vex-yul-rot-jenkins-1/vpp-verify-master/1924/",
        ),
        ("https://logs.example.org", "https://logs.example.org/"),
        ("finger://ze01.example.org/6f26ade7a1f44292ad4f4dfb4c413269", None),
        ("build/0cc1", None),
        (None, None),
    ],
)
def test_log_folder(url: str | None, folder: str | None) -> None:
    assert log_folder(url) == folder


@pytest.mark.parametrize(
    ("url", "build"),
    [
        ("https://jenkins.example.com/job/unit/123/", "https://jenkins.example.com/job/unit/123/"),
        ("https://jenkins.example.com/job/merge/126/consoleFull", "https://jenkins.example.com/job/merge/126/"),
        ("https://j.example.com/ci/job/folder/job/x/7", "https://j.example.com/ci/job/folder/job/x/7/"),
        ("https://jenkins.example.com/view/all/", None),
        ("https://[broken/job/x/1/", None),
        (None, None),
    ],
)
def test_jenkins_build(url: str | None, build: str | None) -> None:
    assert jenkins_build(url) == build


@given(st.text(max_size=80))
def test_any_text_is_read_without_harm(text: str) -> None:
    for url in (text, f"https://{text}"):
        folder = log_folder(url)
        assert folder is None or (folder.endswith("/") and log_folder(folder) == folder)
        jenkins_build(url)
