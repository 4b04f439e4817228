"""What our account may do on Gerrit beyond listening and commenting, as far as REST tells.

Facts about the peer (Gerrit 3.10.2): ``/accounts/self/capabilities`` has only those that the account holds; a change
tells which votes it may give (``permitted_labels``, 0 alone is none); the action ``submit`` stands on a change that is
ready to be submitted only, and is not ``enabled`` without the right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from gerritbot_er.cleaning import clean_name
from gerritbot_er.errors import Transient

from .events import MalformedEvent, to_text
from .rest import GerritRest
from .rest_history import objects

_MIGHTY = frozenset(
    {
        *("administrateServer", "maintainServer", "modifyAccount", "createAccount", "createGroup", "createProject"),
        *("deleteGroup", "killTask", "runAs", "accessDatabase", "flushCaches", "readAs"),
    }
)
_CHANGES = 25
_SHOWN = 3
_OPEN, _READY = "status:open", "status:open is:submittable"


@dataclass(frozen=True, slots=True)
class Rights:
    """The mighty ``capabilities``; ``votes`` and ``submits`` as "what in which project".

    ``looked_at`` counts the open changes that were looked at, ``ready`` those of them that were ready to be submitted.
    """

    capabilities: tuple[str, ...]
    votes: tuple[str, ...]
    submits: tuple[str, ...]
    looked_at: int
    ready: int

    @property
    def excess(self) -> tuple[str, ...]:
        """What an account that only listens and comments does not need."""
        held = (f"it holds {', '.join(self.capabilities)}",) if self.capabilities else ()
        voting = (f"it may vote {', '.join(self.votes)}",) if self.votes else ()
        submitting = (f"it may submit changes of {', '.join(self.submits)}",) if self.submits else ()
        return (*held, *voting, *submitting)


def ask_rights(rest: GerritRest) -> Rights:
    """What the account may do on the newest open changes that it sees.  Raises as ``GerritRest`` does."""
    options = "o=DETAILED_LABELS&o=CURRENT_REVISION&o=CURRENT_ACTIONS"
    try:
        capabilities = rest.json("accounts/self/capabilities")
        changes, ready = (
            objects({"changes": rest.json(f"changes/?q={quote(query)}&n={_CHANGES}&{options}")}, "changes")
            for query in (_OPEN, _READY)
        )
        return Rights(
            capabilities=read_capabilities(capabilities),
            votes=_votes(changes),
            submits=tuple(sorted({_project(change) for change in ready if may_submit(change)})),
            looked_at=len(changes),
            ready=len(ready),
        )
    except MalformedEvent as error:
        raise Transient(f"Gerrit's answer about rights can not be read: {error}") from error


def read_capabilities(answer: object) -> tuple[str, ...]:
    """The mighty ones of an answer, sorted.  Raises MalformedEvent."""
    if not isinstance(answer, dict):
        raise MalformedEvent("capabilities are no object")
    return tuple(sorted(name for name in _MIGHTY if answer.get(name) is True))


def read_votes(change: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """The labels on which a vote other than 0 may be given, with those votes.  Raises MalformedEvent."""
    labels = change.get("permitted_labels", {})
    if not isinstance(labels, dict):
        raise MalformedEvent("permitted_labels is no object")
    found = {}
    for label, values in labels.items():
        if not isinstance(values, list):
            raise MalformedEvent("permitted_labels holds what is no list")
        votes = tuple(value.strip() for value in values if isinstance(value, str) and value.strip() not in ("0", ""))
        if votes:
            found[clean_name(str(label))] = votes
    return found


def may_submit(change: Mapping[str, object]) -> bool:
    """Whether the account could submit this change now.  Raises MalformedEvent."""
    revisions = change.get("revisions", {})
    if not isinstance(revisions, dict):
        raise MalformedEvent("revisions is no object")
    for revision in revisions.values():
        actions = revision.get("actions") if isinstance(revision, dict) else None
        submit = actions.get("submit") if isinstance(actions, dict) else None
        if isinstance(submit, dict) and submit.get("enabled") is True:
            return True
    return False


def _votes(changes: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    """Each label with its votes and the projects where they may be given."""
    where: dict[str, set[str]] = {}
    for change in changes:
        for label, votes in read_votes(change).items():
            what = f"{label} {votes[0]}" + (f" to {votes[-1]}" if len(votes) > 1 else "")
            where.setdefault(what, set()).add(_project(change))
    return tuple(f"{what} in {_few(sorted(projects))}" for what, projects in sorted(where.items()))


def _project(change: Mapping[str, object]) -> str:
    return clean_name(to_text(change, "project"))


def _few(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more projects" if len(names) > _SHOWN else "")
