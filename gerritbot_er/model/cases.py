"""A failing report that is being looked into, and its failed builds."""

from dataclasses import dataclass

from .ci import CIReport

TEXT_KEY = "text:"
"""Opens the key of a report that names no build; such a key counts together with the report's second."""


@dataclass(frozen=True, slots=True)
class Case:
    """A failing CI report on its way to a verdict.  ``opened_at``: UTC seconds of receipt here."""

    id: str
    key: str
    report: CIReport
    opened_at: float


@dataclass(frozen=True, slots=True)
class Build:
    """A failed build of a case, with all that log stores need to find its logs.

    ``web_url`` is the page of the build at its CI (Zuul's "…/t/TENANT/build/UUID"), where lines can be linked;
    ``log_urls`` are the folders or console of its logs (earlier attempts after the last one); ``attempt_uuids`` are
    the ids of its earlier attempts, newest first; ``reported_at`` is in UTC seconds.
    """

    identity: str
    job: str
    result: str
    ci: str
    project: str
    branch: str
    change: int
    patchset: int
    reported_at: int
    pipeline: str | None = None
    uuid: str | None = None
    web_url: str | None = None
    log_urls: tuple[str, ...] = ()
    detail: str | None = None
    elapsed: int | None = None
    voting: bool = True
    attempt_uuids: tuple[str, ...] = ()
