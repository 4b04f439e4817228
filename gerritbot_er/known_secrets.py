"""Replaces the secrets that this process knows in all text that leaves it: a peer may echo one that it was sent.

Every ``Secret`` is remembered here.  The text of each of our errors, which goes to the log, the status board and the
pages, and every line of the log pass through ``discreet``.
"""

import logging

SHORTEST = 8
"""Characters; a shorter secret would be found in words that have nothing to do with it."""
INSTEAD = "…"

_known: tuple[str, ...] = ()


def remember(secret: str) -> None:
    """Never show this text, nor its last word ("Basic …", "AUTHENTICATE …" are a scheme and the secret itself)."""
    global _known  # noqa: PLW0603 - of the whole process, as its log is
    new = {secret, secret.rpartition(" ")[2]}.difference(_known)
    longest_first = sorted({*_known, *(text for text in new if len(text) >= SHORTEST)}, key=len, reverse=True)
    _known = tuple(longest_first)


def discreet(text: str) -> str:
    """The text with ``INSTEAD`` in place of each secret that this process knows."""
    for secret in _known:
        text = text.replace(secret, INSTEAD)
    return text


class DiscreetFormatter(logging.Formatter):
    """A log's lines without secrets, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return discreet(super().format(record))
