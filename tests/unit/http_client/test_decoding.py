"""Compressed bytes become plain ones, however they are packed and cut."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.http_client.decoding import STEP, decoded

TEXT = b"2026-11-21 09:52:57.603143 | a line\n" * 1000


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def _plain(data: bytes, encoding: str, size: int = 1000) -> bytes:
    return b"".join(decoded(_cut(data, size), encoding))


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (TEXT, "gzip"),  # it says so, but is none
        (gzip.compress(TEXT), ""),  # a file named .gz
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), "x-gzip"),
        (gzip.compress(gzip.compress(TEXT)), "gzip"),  # both at once
        (gzip.compress(gzip.compress(TEXT)), "gzip, gzip"),
        (zlib.compress(TEXT), "deflate"),
        (_raw_deflate(TEXT), "deflate"),
        (gzip.compress(TEXT[:360]) + gzip.compress(TEXT[360:]), "gzip"),  # members
        (gzip.compress(TEXT) + b"\0" * 512, "gzip"),  # padding
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_all_ways_of_packing(data: bytes, encoding: str, size: int) -> None:
    assert _plain(data, encoding, size) == TEXT


def test_a_bomb_is_unpacked_in_bounded_steps() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert max(len(chunk) for chunk in decoded(iter([bomb]), "gzip")) <= STEP


def test_a_cut_stream_is_tried_again_and_a_damaged_one_is_not() -> None:
    with pytest.raises(Transient, match="the packed bytes end too early: the file was cut, or is still being written"):
        _plain(gzip.compress(TEXT)[:-20], "gzip")
    damaged = bytearray(gzip.compress(TEXT))
    damaged[20:40] = b"\xff" * 20
    with pytest.raises(Permanent, match="the packed bytes are damaged"):
        _plain(bytes(damaged), "gzip")


def test_an_encoding_nobody_asked_for() -> None:
    with pytest.raises(Permanent, match="the server sends the encoding 'br', which was not asked for"):
        _plain(TEXT, "br")


@given(st.binary(max_size=3000), st.sampled_from(["", "gzip", "deflate", "gzip, deflate"]), st.integers(1, 500))
def test_any_bytes_end_in_bytes_or_in_our_errors(data: bytes, encoding: str, size: int) -> None:
    with suppress(Permanent, Transient):
        assert all(0 < len(chunk) <= STEP for chunk in decoded(_cut(data, size), encoding))


@given(st.binary(max_size=3000), st.integers(1, 500))
def test_what_is_not_packed_stays(data: bytes, size: int) -> None:
    assert _plain(b"x" + data, "", size) == b"x" + data
