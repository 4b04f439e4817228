"""What may be told beyond the change itself: on IRC and on pages.  Pure."""

from collections.abc import Iterable

from gerritbot_er.model import Change
from gerritbot_er.patterns import fits_any


def may_be_told(change: Change, public_projects: Iterable[str]) -> bool:
    """Whether others than those who see the change may hear of it; no patterns at all make every project public."""
    return not change.private and fits_any(public_projects, change.project)
