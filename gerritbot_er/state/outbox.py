"""The outbox in the state file: what is decided and not yet proved to be posted (the port ``Outbox``)."""

import json
from collections.abc import Sequence

from gerritbot_er.ports import Clock, Post, Posting

from .database import Database

UNSENT = """
    (SELECT stage || coalesce(': ' || why, '') FROM outbox
     WHERE case_id = cases.id AND sink = 'gerrit' AND stage != 'sent' ORDER BY number DESC LIMIT 1) AS unsent
"""
"""Of a row of ``cases``: the stage of its comment while it is not sent, and why; null where nothing is owed."""

_AT_WORK = """
    SELECT * FROM outbox WHERE number IN (
        SELECT number FROM outbox WHERE stage IN ('pending', 'sending') ORDER BY sink = 'gerrit', number LIMIT 1000
    ) ORDER BY number
"""
"""In the order of their decision; notices are never left out for comments that Gerrit does not take."""


class StoredOutbox:
    """See ``ports.Outbox``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def at_work(self) -> Sequence[Posting]:
        with self._database.reading() as db:
            rows = db.execute(_AT_WORK).fetchall()
        return [
            Posting(
                r["number"],
                Post(
                    r["case_id"],
                    r["sink"],
                    r["part"],
                    r["change"],
                    r["patchset"],
                    tuple(json.loads(r["bugs"])),
                    r["body"],
                    r["token"],
                ),
                r["stage"],
                r["changed_at"],
                r["attempts"],
            )
            for r in rows
        ]

    def sending(self, number: int) -> bool:
        return self._move(number, "sending", None, "attempts + 1", ("pending",))

    def again(self, number: int, why: str) -> None:
        self._move(number, "pending", why, "attempts", ("sending",))

    def sent(self, number: int) -> None:
        self._move(number, "sent", None, "attempts", ("pending", "sending"))

    def failed(self, number: int, why: str) -> None:
        self._move(number, "failed", why, "attempts", ("pending", "sending"))

    def withheld(self, number: int, why: str) -> None:
        self._move(number, "withheld", why, "attempts", ("pending", "sending"))

    def _move(self, number: int, stage: str, why: str | None, attempts: str, out_of: tuple[str, ...]) -> bool:
        """A row moves only out of the stages given: one that the stream has proved meanwhile stays sent.

        Whether it moved.
        """
        marks = ", ".join("?" for _ in out_of)
        with self._database.transaction() as db:
            cursor = db.execute(
                f"UPDATE outbox SET stage = ?, why = ?, changed_at = ?, attempts = {attempts}"  # noqa: S608 - constants
                f" WHERE number = ? AND stage IN ({marks})",
                (stage, why, self._clock.now(), number, *out_of),
            )
        return cursor.rowcount == 1
