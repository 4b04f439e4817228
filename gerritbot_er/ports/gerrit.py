"""The ports of what Gerrit remembers: what was said on changes, and who is in a group."""

from collections.abc import Iterable
from typing import Protocol

from gerritbot_er.model import ChangeHistory, Event


class History(Protocol):
    """Gerrit's own record of what was said."""

    def since(self, at: int) -> Iterable[Event]:
        """Comments and patch sets from this second of the server on, oldest first, in as few requests as it takes."""

    def change(self, number: int) -> ChangeHistory:
        """One change with all of its comments; ``Permanent`` where there is no such change."""


class Groups(Protocol):
    """Gerrit's groups of accounts."""

    def members(self, name: str) -> frozenset[str]:
        """The usernames of a group's members; ``Misconfigured`` where our account does not see them."""
