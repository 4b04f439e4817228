"""Comments and CIs for the tests of the parsers."""

from gerritbot_er.ci import read_report
from gerritbot_er.model import Change, CIReport, CommentAdded
from gerritbot_er.settings import CI

ZUUL = CI(name="gate", kind="zuul", account="zuul", log_store="logs")
JENKINS = CI(name="builder", kind="jenkins", account="jenkins-bot", log_store="logs")
CHANGE = Change(number=800123, project="openstack/nova", branch="master")
ROOT = "https://zuul.example.org/t/openstack"
UUID = "736ff6efec4c4a22a103401bcd321d8d"
OTHER_UUID = "1f2b4dd49ffd4f3b84c4d8a3ea1b2ad1"
BUILDSET = "f495c3661ca346a198c80a01387d6ba4"


def comment(text: str, author: str = "zuul") -> CommentAdded:
    return CommentAdded(CHANGE, 4, author, text, 1_700_000_000)


def read(text: str, ci: CI = ZUUL) -> CIReport:
    report = read_report(comment(text), ci)
    assert report is not None
    return report


def is_nothing(text: str, ci: CI = ZUUL) -> bool:
    return read_report(comment(text), ci) is None
