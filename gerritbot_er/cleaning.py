"""Text of others made safe to keep, show and send: no control characters, no bidi tricks, no lone surrogates."""

import re

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\))")
"""Colours, cursor movements and titles of terminals, whole: without the escape their rest would stand as rubbish."""

_SEPARATORS = re.compile("[\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]")
"""What some programs take for the end of a line and others do not: a blank, so that none sees a line of its own."""

_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""C0 and C1 controls without tab and newline, and the marks that reorder what is read (Unicode's Bidi_Control)."""

_ASCII_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n"))
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")


def clean(text: str) -> str:
    r"""Text that always encodes and reads as it stands: newlines (``\r\n`` is one) and tabs are kept.

    Other separators of lines become blanks, control and bidi characters vanish, lone surrogates become U+FFFD.
    Cleaning twice changes nothing more.
    """
    if text.isascii():  # nearly every text; looked through twice as fast
        if len(text.encode().translate(None, _ASCII_CONTROLS)) == len(text):
            return text
    elif text.replace("\n", "").replace("\t", "").isprintable():
        return text
    text = _SURROGATES.sub("\ufffd", text.replace("\r\n", "\n"))
    while True:  # what vanishes may leave a terminal's sequence, or a CR before its LF, behind
        once = _INVISIBLE.sub("", _SEPARATORS.sub(" ", _ANSI.sub("", text).replace("\r\n", "\n")))
        if once == text:
            return text
        text = once


def clean_line(text: str, limit: int) -> str:
    """The text as one line of at most ``limit`` characters: cleaned, runs of white space one blank, "…" where cut."""
    if len(text) <= limit and text.isprintable() and "  " not in text:
        return text.strip()
    line = _BLANKS.sub(" ", clean(text[: limit * 4 + 1024])).strip()
    return line if len(line) <= limit else line[: max(limit - 1, 0)].rstrip() + "…"[:limit]


def clean_name(text: str) -> str:
    """A name that identifies: every character that can not be seen becomes U+FFFD, so that no name becomes another."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
