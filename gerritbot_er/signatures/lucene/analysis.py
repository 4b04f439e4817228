"""Text → tokens as Lucene's standard analyzer makes them: UAX #29 words, lower-cased, at most 255 units each.

Lucene's grammar departs from UAX #29 in a few places, which are kept here: ideographs and hiragana are one token
each, a run of a South East Asian script is one token, an emoji sequence is one token, and whatever holds no letter,
digit or emoji is no token.  Its Unicode version is 12.1 in Lucene 9, which is followed here, and 9.0 in Lucene 8; ours
is that of the ``regex`` library, so characters assigned since then are the only ones that can be read differently.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import regex

MAX_TOKEN_UNITS = 255
"""The longest token, in UTF-16 units as Java counts; a longer one goes on as a token of its own."""

# In ASCII a token is letters, digits and underscores; a colon or quote joins two letters, a comma or semicolon two
# digits, a full stop either.
_ASCII_TOKEN = re.compile(
    r"[a-z0-9_]++(?:(?:[.:'](?<=[a-z].)(?=[a-z])|[.,;'](?<=[0-9].)(?=[0-9]))[a-z0-9_]++)*+",
)
_ASCII_LETTER = re.compile("[a-z0-9]")

# What Unicode 12.1 took for format characters and for no letters, and later versions for digits and letters.
_FORMERLY_FORMAT = r"\u0600-\u0605\u06DD\u070F\u08E2\U000110BD\U000110CD"
_FORMERLY_NOTHING = r"\u00B8\u02E5-\u02EB\u055A\u055F\u058A\uA708-\uA716"

# UAX #29 WB4: a character takes the marks, joiners and format characters after it along.
_MARKS = rf"[\p{{WB=Extend}}\p{{WB=Format}}\p{{WB=ZWJ}}{_FORMERLY_FORMAT}]"
_LETTER = rf"[[\p{{WB=ALetter}}\p{{WB=Hebrew_Letter}}]--[{_FORMERLY_FORMAT}{_FORMERLY_NOTHING}]]"
_DIGIT = (
    r"[[\p{WB=Numeric}[\p{Block=Halfwidth_And_Fullwidth_Forms}&&\p{Nd}]]"
    rf"--[{_FORMERLY_FORMAT}\u19DA]]"
)
_SOUTH_EAST_ASIAN = r"[\p{LB=Complex_Context}\u19DA]"
_KATAKANA = r"\p{WB=Katakana}"
_HEBREW = r"\p{WB=Hebrew_Letter}"
_JOIN_LETTERS = rf"[[\p{{WB=MidLetter}}\p{{WB=MidNumLet}}\p{{WB=Single_Quote}}]--[{_FORMERLY_NOTHING}]]"
_JOIN_DIGITS = r"[\p{WB=MidNum}\p{WB=MidNumLet}\p{WB=Single_Quote}\uFE10\uFE14]"
_CONNECTOR = r"\p{WB=ExtendNumLet}"

# A Hebrew letter takes a quote along, or a double quote with the letter after it, unless a joiner stands before it:
# then, as in Lucene's grammar, only another joiner may follow.
_LETTERS = rf"""(?: {_HEBREW}{_MARKS}*+ \p{{WB=Double_Quote}}{_MARKS}*+ {_HEBREW}{_MARKS}*+
                  | {_HEBREW}{_MARKS}*+ \p{{WB=Single_Quote}}{_MARKS}*+
                  | {_LETTER}{_MARKS}*+ (?: {_JOIN_LETTERS}{_MARKS}*+ {_LETTER}{_MARKS}*+ )*+ )"""
_DIGITS = rf"(?: {_DIGIT}{_MARKS}*+ (?: {_JOIN_DIGITS}{_MARKS}*+ {_DIGIT}{_MARKS}*+ )*+ )"

_WORD = regex.compile(
    rf"""(?:{_CONNECTOR}{_MARKS}*+)*+ (?: {_LETTERS} | {_DIGITS} | {_KATAKANA}{_MARKS}*+ )
    (?: (?<!{_KATAKANA}{_MARKS}*) (?: {_LETTERS} | {_DIGITS} )
      | (?<=[{_KATAKANA}{_CONNECTOR}]{_MARKS}*) {_KATAKANA}{_MARKS}*+
      | {_CONNECTOR}{_MARKS}*+
    )*+
    | (?:{_SOUTH_EAST_ASIAN}{_MARKS}*+)++
    | [\p{{Script=Han}}\p{{Script=Hiragana}}]{_MARKS}*+
    """,
    regex.VERSION1 | regex.VERBOSE,
)

# UTS #51, emoji_sequence.  The variation selectors are no mark here, since they choose how an emoji is shown.
_EMOJI_MARKS = rf"[{_MARKS}--[\uFE0E\uFE0F]]"
_OLD_PICTURES = (
    r"\u2388\u2600-\u2605\u2607-\u2612\u2614-\u2685\u2690-\u2705\u2708-\u2712\u2763-\u2767"
    r"\U0001F000-\U0001F0FF\U0001F10D-\U0001F10F\U0001F12F\U0001F16C-\U0001F171\U0001F1AD-\U0001F1E5"
    r"\U0001F249-\U0001F3FA\U0001F400-\U0001F53D\U0001F546-\U0001F64F\U0001F680-\U0001F6FF"
    r"\U0001F774-\U0001F77F\U0001F7D5-\U0001F7FF\U0001F8AE-\U0001F8FF\U0001F90C-\U0001F93A\U0001F93C-\U0001F945"
    r"\U0001F947-\U0001FBEF\U0001FBFA-\U0001FFFD"
)
"""Pictographs of Emoji 11 and 12 that later versions dropped, such as the black star and the dominoes."""
_NO_PICTURE = r"\p{WB=Regional_Indicator}0-9\#*\p{Emoji_Modifier}"
_PICTURE = rf"[[\p{{Extended_Pictographic}}\p{{Emoji}}{_OLD_PICTURES}]--[{_NO_PICTURE}]]"
_ELEMENT = rf"""(?: \p{{Emoji_Modifier_Base}}{_EMOJI_MARKS}*+ \p{{Emoji_Modifier}}{_EMOJI_MARKS}*+
                  | {_PICTURE}{_EMOJI_MARKS}*+ \uFE0F?+
                  | \p{{Emoji_Modifier}}{_EMOJI_MARKS}*+ )"""
_MORE_JOINERS = r"(?: \u200D++ (?!\p{Emoji_Modifier}) )?+"
_EMOJI = regex.compile(
    rf"""{_MORE_JOINERS} {_ELEMENT}
         (?: [\U000E0020-\U000E007E]++ \U000E007F | (?: (?: (?<=\u200D) | \u200D {_MORE_JOINERS} ) {_ELEMENT} )*+ )
    | [0-9\#*]{_EMOJI_MARKS}* \uFE0F?+ \u20E3{_EMOJI_MARKS}*+
    | \p{{WB=Regional_Indicator}}{_MARKS}*+ \p{{WB=Regional_Indicator}}{_MARKS}*+
    """,
    regex.VERSION1 | regex.VERBOSE,
)

_CORE = (
    rf"{_LETTER}{_DIGIT}{_KATAKANA}{_SOUTH_EAST_ASIAN}\p{{Script=Han}}\p{{Script=Hiragana}}"
    rf"{_PICTURE}\#*\p{{WB=Regional_Indicator}}\p{{Emoji_Modifier}}"
)
_NEEDED = regex.compile(rf"[{_CORE}]", regex.VERSION1)
_START = regex.compile(rf"[{_CORE}{_CONNECTOR}\u200D]", regex.VERSION1)


def tokens(text: str) -> list[str]:
    """The tokens of a text in order; the position of each is its index.

    No token holds a blank or depends on what is before it, so words of ASCII go the fast way beside others.
    """
    if text.isascii():
        return _ascii_tokens(text)
    return [token for word in text.split(" ") for token in (_ascii_tokens if word.isascii() else _other_tokens)(word)]


def _ascii_tokens(text: str) -> list[str]:
    found: list[str] = _ASCII_TOKEN.findall(text.lower())
    if len(text) > MAX_TOKEN_UNITS and max(map(len, found), default=0) > MAX_TOKEN_UNITS:
        return [piece for token in found for piece in _pieces(token)]
    if "_" in text:
        return [token for token in found if token.strip("_")]
    return found


def _pieces(token: str) -> Iterator[str]:
    """A token that may be too long, cut as the scanner does: the longest token that its window holds, and on."""
    at = 0
    while letter := _ASCII_LETTER.search(token, at):
        at = max(at, letter.start() - MAX_TOKEN_UNITS + 1)
        found = _ASCII_TOKEN.match(token[at : at + MAX_TOKEN_UNITS])
        if found and found[0].strip("_"):
            yield found[0]
            at += found.end()
        else:
            at += 1


def _other_tokens(word: str) -> list[str]:
    return [lower_case(token) for token in _scan(word)]


def lower_case(text: str) -> str:
    """Each character in lower case by itself, as Java's ``Character.toLowerCase`` does it: no context, no growth."""
    return text.lower() if text.isascii() else "".join(map(_lower_character, text))


@lru_cache(maxsize=4096)
def _lower_character(character: str) -> str:
    return character.lower()[0]


def _scan(text: str) -> Iterator[str]:
    """The longest token from each place on, as the generated scanner of Lucene takes it."""
    at = 0
    while needed := _NEEDED.search(text, at):
        start = _START.search(text, max(at, needed.start() - MAX_TOKEN_UNITS + 1))
        at = start.start() if start else needed.start()
        window = _window(text, at)
        word, emoji = _WORD.match(text, at, window), _EMOJI.match(text, at, window)
        end = max(match.end() if match else at for match in (word, emoji))
        if end > at:
            yield text[at:end]
        at = max(end, at + 1)


def _window(text: str, at: int) -> int:
    """Where a token that begins at ``at`` must end at the latest."""
    units, end = 0, at
    for character in text[at : at + MAX_TOKEN_UNITS]:
        units += 2 if character > "\uffff" else 1
        if units > MAX_TOKEN_UNITS:
            break
        end += 1
    return end
