"""gerritbot-er tells the author of a change which known bug broke their CI run."""

__version__ = "0.1.0"
