"""Trackers: who is asked for titles and states of bugs, and how."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from .values import STRICT, HttpUrl, LinearRegex, Pattern, Pointer, Pointers

PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""Where the value of a group goes, in the request of a tracker."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class KnownTracker:
    """A tracker whose answers we understand; Launchpad, GitHub and every Jira are asked without an entry as well.

    ``web`` is the root of its pages; with ``ask`` off nobody is asked (a Jira without ``web``: no Jira but those that
    have entries).  A token is sent as a bearer's, with ``username`` as that user's password.
    """

    kind: Literal["launchpad", "github", "jira"]
    web: HttpUrl | None = None
    ask: bool = True
    username: str | None = None
    token_file: Path | None = None
    token_env: str | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class OtherTracker:
    """A tracker that answers in JSON: how its bugs' URLs look, what is asked, and where the answer is.

    ``url`` is an expression for the whole URL, whose named groups stand as ``{name}`` in ``request``; ``title`` and
    ``state`` are JSON pointers, the values of several make one state with blanks between them; ``closed`` and
    ``fixed`` are states.
    """

    kind: Literal["other"]
    url: LinearRegex
    request: HttpUrl
    title: Pointer
    state: Pointers
    closed: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    fixed: tuple[Pattern, ...] = ()
    username: str | None = None
    token_file: Path | None = None
    token_env: str | None = None
    ca_file: Path | None = None


BugTracker = Annotated[KnownTracker | OtherTracker, Field(discriminator="kind")]
