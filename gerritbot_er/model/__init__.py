"""The vocabulary of gerritbot-er as frozen dataclasses: what rooms say to each other.  It imports nothing of ours.

All rooms import its words from here, as they speak one language; its files are cut by subject for those who read them.
"""

from .cases import TEXT_KEY, Build, Case
from .ci import NOT_FAILED, BuildFacts, CIReport, ReportedBuild
from .elsewhere import Failure, Outage, Reach
from .gerrit import (
    Change,
    ChangeClosed,
    ChangeHistory,
    CommentAdded,
    DroppedOutput,
    Event,
    MadePrivate,
    PatchsetCreated,
)
from .logs import BuildAnswer, Evidence, LogsSeen, Match
from .signatures import Advice, BugFacts, Category, Compound, Document, Example, Examples, Scope, Signature, Within
from .speaking import REPLY_PREFIX, Judgement, Notice, Reply, Review
from .verdicts import BuildVerdict, Outcome, Verdict

__all__ = [
    "NOT_FAILED",
    "REPLY_PREFIX",
    "TEXT_KEY",
    "Advice",
    "BugFacts",
    "Build",
    "BuildAnswer",
    "BuildFacts",
    "BuildVerdict",
    "CIReport",
    "Case",
    "Category",
    "Change",
    "ChangeClosed",
    "ChangeHistory",
    "CommentAdded",
    "Compound",
    "Document",
    "DroppedOutput",
    "Event",
    "Evidence",
    "Example",
    "Examples",
    "Failure",
    "Judgement",
    "LogsSeen",
    "MadePrivate",
    "Match",
    "Notice",
    "Outage",
    "Outcome",
    "PatchsetCreated",
    "Reach",
    "Reply",
    "ReportedBuild",
    "Review",
    "Scope",
    "Signature",
    "Verdict",
    "Within",
]
