"""What trackers say of bugs: their titles and states, by the URLs of their pages."""

from .asking import WebTrackers, open_trackers
from .refresh import Refresh

__all__ = ["Refresh", "WebTrackers", "open_trackers"]
