"""Changes that fail with the same bug one after another, and what channels and comments say of that."""

from dataclasses import replace
from typing import Any

from gerritbot_er.model import Change, LogsSeen
from gerritbot_er.ports import Batch
from gerritbot_er.settings import OutageRules

from .world import START, UUID, World, report, reported

RULES = OutageRules(changes=3, window=3600.0, quiet=1800.0)
SINCE = "08:00 UTC"
BEGIN = f"Outage since {SINCE}: the disk is full - 3 changes hit; further ones are not told here until it is over"
END = f"Outage over: the disk is full - no change hit for 30 minutes; 3 changes hit since {SINCE}"


def with_outages(made: World, **more: object) -> None:
    made.settings = replace(made.settings, **{"outage": RULES, **more})  # type: ignore[arg-type]
    made.start()


def change(number: int, project: str = "example/widgets", **more: object) -> Change:
    return replace(Change(number, project, "master", f"https://review.example.org/{number}"), **more)  # type: ignore[arg-type]


def fails(world: World, number: int, change_: Change | None = None, **more: Any) -> None:  # noqa: ANN401 - of a report
    """Another change fails with the bug, and time passes until that is said."""
    made = report(reported(number), change=change_ or change(number), at=int(START + world.clock.seconds), **more)
    world.store.logs[UUID(number)] = LogsSeen(100, console=True)
    world.store.hits[UUID(number)] = {"disk-full": "No space left on device"}
    world.arrive(made)
    world.pass_(70)


def said(world: World) -> list[str]:
    return [notice.text for notice in world.irc.said]


def own(world: World) -> list[str]:
    """The notices on single changes, by their numbers."""
    return [text.split()[1].partition(",")[0] for text in said(world) if text.startswith("example/")]


def lines(world: World) -> list[str]:
    """What each comment says of other changes."""
    return [text.partition("\nWhat to do")[0].rpartition("\n\n")[2] for text in world.comments]


def hides(world: World, number: int) -> None:
    """A change becomes private now."""
    made = ((number, int(START + world.clock.seconds)),)
    world.cases.keep(Batch(private=made))
    world.sightings.made_private(made)
