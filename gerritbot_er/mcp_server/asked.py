"""What each tool may be asked, as types: the schemas that assistants read, and what arguments are held to."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from gerritbot_er.web.asked import LONGEST_NAME, Asked
from gerritbot_er.web.change import LARGEST_CHANGE

LONGEST_TARGET = 2000
Span = Literal["6h", "24h", "7d", "14d", "30d", "90d", "365d"]
Last = Annotated[Span, Field(description="How far back from now.")]
Name = Annotated[str, Field(max_length=LONGEST_NAME)] | None
Most = Annotated[int, Field(ge=1, le=50, description="How many are told at most.")]
_CLOSED = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Nothing:
    """No arguments."""

    __pydantic_config__: ClassVar = _CLOSED


@dataclass(frozen=True, slots=True)
class AskedChange:
    """A change of the Gerrit server; without a patch set the newest one with a failed build is meant."""

    __pydantic_config__: ClassVar = _CLOSED
    number: Annotated[int, Field(ge=1, le=LARGEST_CHANGE, description="The change's number, as in its URL.")]
    patchset: Annotated[int, Field(ge=1, le=100_000)] | None = None


@dataclass(frozen=True, slots=True)
class AskedBuild:
    """A failed build."""

    __pydantic_config__: ClassVar = _CLOSED
    build: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LONGEST_TARGET,
            description="The uuid of a Zuul build, the URL of a build's page at Zuul or Jenkins or of its logs, "
            "or an id that another tool gave.",
        ),
    ]


@dataclass(frozen=True, slots=True)
class AskedList:
    """Filters of bugs or of groups; names are exact, and those left out filter nothing."""

    __pydantic_config__: ClassVar = _CLOSED
    last: Last = "14d"
    project: Name = None
    branch: Name = None
    pipeline: Name = None
    job: Name = None
    most: Most = 20


@dataclass(frozen=True, slots=True)
class AskedBug:
    """A known bug."""

    __pydantic_config__: ClassVar = _CLOSED
    signature: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, description="As known_bugs names it.")]
    last: Last = "30d"


@dataclass(frozen=True, slots=True)
class AskedGroup:
    """A group of unexplained failures."""

    __pydantic_config__: ClassVar = _CLOSED
    id: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, description="As unexplained_groups names it.")]
    last: Last = "90d"


def as_page(asked: AskedList) -> Asked:
    """The same as the filters of a page."""
    names = (asked.project, asked.branch, asked.pipeline, asked.job)
    return Asked(asked.last, "", "", *(name or "" for name in names))
