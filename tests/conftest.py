"""What all tests share."""

from hypothesis import settings

settings.register_profile("any machine", deadline=None)
"""How long one example takes tells of the machine and its other work; each test has its own timeout."""
settings.load_profile("any machine")
