"""What the state file tells about the daemon now, for ``status``: counts and the last things done."""

from dataclasses import dataclass

from gerritbot_er.model import Outage

from .database import Database
from .outages import CURRENT, outage_of
from .outbox import UNSENT


@dataclass(frozen=True, slots=True)
class LastCase:
    """A case as ``status`` shows it; ``said`` is what was to be said, or why nothing was.

    ``unsent`` is the stage of its comment while Gerrit is not known to have it.
    """

    case: str
    project: str
    change: int
    patchset: int
    opened_at: float
    outcome: str | None
    said: str | None
    unsent: str | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of cases and outbox rows by stage; ``oldest`` in UTC seconds; ``held_back`` of the last day, by reason.

    ``outages`` are those that last.
    """

    open_cases: int
    done_cases: int
    oldest: float | None
    outbox: dict[str, int]
    held_back: dict[str, int]
    last: tuple[LastCase, ...]
    outages: tuple[Outage, ...] = ()


def overview(database: Database, since: float, *, most: int = 5) -> Overview:
    """The state now; ``since`` (UTC seconds) bounds ``held_back``, ``most`` the last cases shown."""
    with database.reading() as db:
        stages = dict(db.execute("SELECT stage, count(*) FROM cases GROUP BY stage").fetchall())
        oldest = db.execute("SELECT min(opened_at) FROM cases WHERE stage = 'open'").fetchone()[0]
        outbox = dict(db.execute("SELECT stage, count(*) FROM outbox GROUP BY stage ORDER BY stage").fetchall())
        held = dict(db.execute(_HELD_BACK, (since,)).fetchall())
        last = db.execute(_LAST, (most,)).fetchall()
        outages = db.execute(CURRENT).fetchall()
    return Overview(
        open_cases=stages.get("open", 0),
        done_cases=stages.get("done", 0),
        oldest=oldest,
        outbox=outbox,
        held_back=held,
        last=tuple(LastCase(**dict(row)) for row in last),
        outages=tuple(map(outage_of, outages)),
    )


_HELD_BACK = """
    SELECT said, count(*) FROM cases WHERE opened_at >= ? AND held GROUP BY said
    UNION ALL SELECT why, count(*) FROM outbox WHERE created_at >= ?1 AND stage IN ('withheld', 'failed') GROUP BY why
"""
_LAST = f"""
    SELECT id AS "case", project, change, patchset, opened_at, outcome, said, {UNSENT} FROM cases
    ORDER BY opened_at DESC, rowid DESC LIMIT ?
"""  # noqa: S608 - constants
