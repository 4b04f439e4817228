"""Compressed bytes of a web server as plain ones: streamed, in bounded steps, whatever their name or header says.

Log servers send gzip in three ways: with ``Content-Encoding: gzip``, as a file named ``.gz``, or both at once; and
some name a plain file ``.gz``.  So the header is followed where the bytes agree, and what still begins like gzip
is unpacked once more.
"""

import zlib
from collections.abc import Iterable, Iterator

from gerritbot_er.errors import Permanent, Transient

try:
    from isal.igzip_lib import IsalError
    from isal.isal_zlib import decompressobj

    # Its types call this class an instance.
    _DAMAGE: tuple[type[Exception], ...] = (IsalError, zlib.error)  # type: ignore[assignment]
except ImportError:  # it has no wheel for this platform; the standard library does the same, slower
    from zlib import decompressobj  # type: ignore[assignment]

    _DAMAGE = (zlib.error,)

STEP = 256 * 1024
"""The most bytes that one step of unpacking yields, however small the packed bytes are."""

_GZIP = b"\x1f\x8b\x08"
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS
_LAYERS = {"gzip", "x-gzip", "deflate", "identity", ""}


def decoded(chunks: Iterable[bytes], content_encoding: str) -> Iterator[bytes]:
    """The plain bytes.

    Raises Permanent for an encoding that is not known or bytes that are damaged, Transient where the packed bytes end
    too early.
    """
    layers = [layer.strip().lower() for layer in content_encoding.split(",")]
    unknown = set(layers) - _LAYERS
    if unknown:
        raise Permanent(f"the server sends the encoding {min(unknown)[:40]!r}, which was not asked for")
    plain: Iterable[bytes] = chunks
    for layer in reversed(layers):
        if layer == "deflate":
            plain = _inflated(plain)
        elif layer in ("gzip", "x-gzip"):
            plain = _gunzipped(plain)
    return _gunzipped(plain)


def _peeked(chunks: Iterable[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """The first ``size`` bytes or all there are, and what follows them."""
    rest = iter(chunks)
    head = b""
    while len(head) < size:
        chunk = next(rest, None)
        if chunk is None:
            break
        head += chunk
    return head, rest


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpacked where the bytes begin like gzip, else as they are; empty chunks are left out."""
    head, rest = _peeked(chunks, len(_GZIP))
    if head.startswith(_GZIP):
        yield from _unpacked(head, rest, _GZIP_OR_ZLIB)
        return
    if head:
        yield head
    yield from (chunk for chunk in rest if chunk)


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """``deflate`` is a zlib stream by RFC 9110, and a raw one of some servers."""
    head, rest = _peeked(chunks, 2)
    if not head:
        return
    is_zlib = len(head) > 1 and head[0] & 0x0F == zlib.DEFLATED and (head[0] << 8 | head[1]) % 31 == 0
    yield from _unpacked(head, rest, _GZIP_OR_ZLIB if is_zlib else _RAW_DEFLATE)


def _unpacked(head: bytes, rest: Iterator[bytes], window: int) -> Iterator[bytes]:
    """All members of a gzip file, one after the other; zero bytes after the last one are padding."""
    unpacker = decompressobj(window)
    packed = head
    while True:
        try:
            plain = unpacker.decompress(packed, STEP)
        except _DAMAGE as error:
            raise Permanent(f"the packed bytes are damaged ({error})") from None
        if plain:
            yield plain
        packed = unpacker.unconsumed_tail
        if unpacker.eof:
            packed = _next_member(unpacker.unused_data, rest)
            if not packed:
                return
            unpacker = decompressobj(window)
        elif not packed and len(plain) < STEP:
            packed = next(rest, b"")
            if not packed:
                raise Transient("the packed bytes end too early: the file was cut, or is still being written")


def _next_member(left: bytes, rest: Iterator[bytes]) -> bytes:
    """The beginning of the next gzip member, or nothing: what follows but is none is not ours to read."""
    left = left.lstrip(b"\0")
    while len(left) < len(_GZIP):
        chunk = next(rest, None)
        if chunk is None:
            break
        left = (left + chunk).lstrip(b"\0")
    return left if left.startswith(_GZIP) else b""
