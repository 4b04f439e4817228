"""A signature as the queries it is made of: one for a plain signature, several for a compound one; pure."""

from dataclasses import dataclass
from enum import StrEnum

from gerritbot_er.model import Compound, Signature

MOST_PARTS = 20
"""Queries that may stand under one key of a compound signature."""


class Role(StrEnum):
    """What a part's hit means for its signature."""

    ALL = "all_of"
    ANY = "any_of"
    NONE = "none_of"


@dataclass(frozen=True, slots=True)
class Part:
    """One query of a signature; ``number`` is its place among all parts of it."""

    signature: str
    number: int
    role: Role
    query: str


def parts_of(signature: Signature) -> tuple[Part, ...]:
    """The parts, those of ``all_of`` first, then of ``any_of``, then of ``none_of``, each in the file's order."""
    compound = signature.compound or Compound(all_of=(signature.query or "",))
    queries = [
        *((Role.ALL, query) for query in compound.all_of),
        *((Role.ANY, query) for query in compound.any_of),
        *((Role.NONE, query) for query in compound.none_of),
    ]
    return tuple(Part(signature.name, number, role, query) for number, (role, query) in enumerate(queries))
