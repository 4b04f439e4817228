"""The errors of the adapters, each answering the caller's one question: try again (when?), never, or change what?"""

from .known_secrets import discreet


class GerritbotError(Exception):
    """Base of all errors of ours; ``str()`` is one sentence that tells its reader what to do, without secrets."""

    def __init__(self, message: str) -> None:
        super().__init__(discreet(message))


class Transient(GerritbotError):
    """Try again; not before ``after`` seconds where the peer said so."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class TookTooLong(GerritbotError):
    """What was asked for was given up, since whoever asked waits no longer: ask for less."""


class Permanent(GerritbotError):
    """Trying again will not help; only this one piece of work is lost."""


class Misconfigured(GerritbotError):
    """Nothing of this kind will work until a person changes what the message names."""
