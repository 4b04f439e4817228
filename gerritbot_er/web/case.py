"""The page of one case, to which comments lead: its builds, and from there to bugs, groups and the change."""

from gerritbot_er.ports.reading import Record
from gerritbot_er.triage.publicity import may_be_told

from .asked import Asked
from .change import MOST_CASES
from .sources import Stored
from .views import CaseView, case_view


def case_page(sources: Stored, asked: Asked, case_id: str) -> CaseView | None:
    """A case; None where there is none, or none of which a page may tell."""
    del asked  # one case has no filters
    record = sources.records.find(case_id)
    if record is None or not may_be_shown(sources, record):
        return None
    figures = sources.statistics.change(record.case.report.change.number, MOST_CASES)
    groups = {build.identity: build.group for build in figures.builds} if figures else {}
    return case_view(record, sources.knowledge(), groups)


def may_be_shown(sources: Stored, record: Record) -> bool:
    """Whether pages may tell of a case: its change was not private then, nor has it been since."""
    report = record.case.report
    if record.private_at is not None and record.private_at >= report.at:
        return False
    return may_be_told(report.change, sources.settings.public_projects)
