"""From a comment of a CI's account to its report; this module picks the parser by the CI's kind.  Pure."""

from collections.abc import Iterable

from gerritbot_er.model import CIReport, CommentAdded
from gerritbot_er.settings import CI

from .jenkins import read_jenkins
from .zuul import read_zuul

_READERS = {"zuul": read_zuul, "jenkins": read_jenkins}


def read_report(comment: CommentAdded, ci: CI) -> CIReport | None:
    """The report that a comment of this CI's account is; None where it is none ("Starting check jobs.").

    Who wrote the comment is not looked at: the caller has matched ``comment.author`` with ``ci.account``.
    """
    return _READERS[ci.kind](comment, ci.name)


def find_report(comment: CommentAdded, cis: Iterable[CI]) -> CIReport | None:
    """The report that a comment is, by the account that wrote it; None for every other account."""
    for ci in cis:
        if comment.author and comment.author == ci.account:
            return read_report(comment, ci)
    return None
