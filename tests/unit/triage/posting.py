"""A comment and a notice that are decided, for the poster."""

from .world import World, report, reported


def decided(world: World) -> str:
    """A build fails with a known bug, and its comment is decided now; the token of its case."""
    world.ready(1, disk_full="No space left on device")
    (case,) = world.arrive(report(reported(1)))
    world.pass_(59)
    return case.id
