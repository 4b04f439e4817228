"""Failing builds that are made: a cause among lines of others, as seeds give them."""

import random
from collections.abc import Sequence

from gerritbot_er.model import Evidence

CAUSES = (
    "libvirtError: internal error: cannot open the monitor socket of {id}",
    "AssertionError: Timed out waiting for {address} to become reachable",
    "ERROR nova.scheduler [-] No valid host was found for {id}",
    "fatal: unable to access {url}: Could not resolve host",
    "Details: Server {id} failed to reach ACTIVE status within {n} s",
    "error: Name {id} is not defined by the image registry",
    "IntegrityError: null value in column network of row {n} violates a constraint",
    "E: Unable to fetch some archives from {url}, run an update",
)
NOISE = (
    "Cleaning up {path}",
    "Started child {n}",
    "WARNING nova.api [-] timed out waiting for a lock, {n} s",
    "Setting up libsigsegv2 ({n}) ...",
    "HTTP exception thrown: Image {id} could not be found",
    "took {n} s on {address}",
)
END = (
    "ERROR: InvocationError for command {path} (exited with code 1)",
    "Build step 'Execute shell' marked build as failure",
)


def failing(cause: int, seed: int) -> tuple[Evidence, ...]:
    """A build that fails for this cause, with lines that other builds say as well."""
    chance = random.Random(f"{cause} {seed}")  # noqa: S311 - the same each time
    told = [*chance.sample(NOISE, 2), CAUSES[cause], *chance.sample(NOISE, 1), chance.choice(END)]
    return lines(*(_filled(line, chance) for line in told))


def lines(*texts: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(text, "job-output.txt") for text in texts)


def mixed(builds: int, seed: int) -> Sequence[tuple[int, tuple[Evidence, ...]]]:
    """So many builds, each with its cause, in an order that the seed gives."""
    made = [(number % len(CAUSES), failing(number % len(CAUSES), number)) for number in range(builds)]
    random.Random(seed).shuffle(made)  # noqa: S311 - the same each time
    return made


def _filled(line: str, chance: random.Random) -> str:
    number = chance.randint(100, 10**6)
    return line.format(
        id=f"{chance.getrandbits(32):08x}-1111-2222-3333-{chance.getrandbits(48):012x}",
        address=f"10.{number % 255}.0.{number % 99}",
        url=f"https://mirror{number}.example.org/{number}",
        path=f"/home/zuul/{number}/x",
        n=number,
    )
