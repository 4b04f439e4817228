"""JSON as Gerrit's own library writes it: raw unicode, with the characters of HTML escaped."""

import orjson

# Measured on Gerrit 3.10 and 3.13: U+0085 and DEL stand raw inside a line, U+2028 and U+2029 do not.
_ESCAPED = [(character.encode(), b"\\u%04x" % ord(character)) for character in "<>&'=\u2028\u2029"]


def line(value: object) -> bytes:
    """One line of JSON with its newline, keys in the given order. Text that is no unicode raises TypeError."""
    data = orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
    for character, escape in _ESCAPED:
        data = data.replace(character, escape)
    return data
