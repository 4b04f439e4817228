"""How long is waited, for whom anything is said, how much of it, and whose answers count."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from .values import STRICT, Count, Group, HttpUrl, Mode, Pattern, Seconds


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Rule:
    """What is done for changes that match; the first matching rule counts, and without one it is shadow.

    With ``quote`` off no line of their logs is shown or kept.
    """

    mode: Mode
    projects: tuple[Pattern, ...] = ()
    branches: tuple[Pattern, ...] = ()
    pipelines: tuple[Pattern, ...] = ()
    quote: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Waiting:
    """How often and how long logs are waited for."""

    poll: Annotated[Seconds, Field(gt=0)] = 30.0
    slow_poll: Annotated[Seconds, Field(gt=0)] = 120.0
    slow_after: Seconds = 600.0
    ask_again: Seconds = 900.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Speaking:
    """When and how much is said.

    ``hold`` is the longest wait for the other builds after the first bug was found; a report that is older than
    ``oldest`` when it is found (history may reach back for weeks) is recorded and not spoken of.  Of a failure without
    a known bug the author hears where it hit at least ``seen_elsewhere`` other changes in the last 24 hours.
    """

    hold: Seconds = 600.0
    per_patchset: Count = 5
    per_hour: Count = 60
    proof: Annotated[Seconds, Field(gt=0)] = 60.0
    rest_after_start: Seconds = 30.0
    oldest: Annotated[Seconds, Field(gt=0)] = 172_800.0
    page: HttpUrl | None = None
    seen_elsewhere: Count = 3


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class OutageRules:
    """A failure that hits ``changes`` changes within ``window`` is an outage, until it has hit none for ``quiet``.

    They are of ``authors`` different owners, or of as many as there are changes if that is fewer.
    """

    changes: Annotated[int, Field(ge=2)] = 10
    authors: Annotated[int, Field(ge=1)] = 3
    window: Annotated[Seconds, Field(gt=0)] = 3600.0
    quiet: Annotated[Seconds, Field(gt=0)] = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Replies:
    """Whose answers to our comments count beside those of a change's owner: the members of a group of Gerrit's."""

    group: Group | None = None
