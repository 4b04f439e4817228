"""Texts as Hyperscan's patterns, and enough of them that it finds them fast; pure."""

from collections.abc import Sequence

_FEWEST = 64
"""Patterns from which on Hyperscan finds all of them by one table of hashes.  Below, it may choose a way that stops at
short words far too often: 35 patterns took three times as long as 64 (version 5.4, with AVX2)."""
_LENGTH = 10


def escaped(text: bytes) -> bytes:
    """A pattern of nothing but this text."""
    return b"".join(bytes([byte]) if bytes([byte]).isalnum() else b"\\x%02x" % byte for byte in text)


def padding(count: int) -> Sequence[bytes]:
    """Patterns to add to so many: control characters in a row that stand in no log, and if they do, it is harmless."""
    return [escaped(_unlikely(number)) for number in range(count, _FEWEST)]


def _unlikely(number: int) -> bytes:
    """A text that ends otherwise for each number (Knuth's multiplicative hash, three bits a character)."""
    mixed = number * 2654435761 % 2**32
    return bytes(1 + (mixed >> 3 * place & 7) for place in range(_LENGTH))
