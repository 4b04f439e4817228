"""Each target of the fuzzer bears any bytes: the same without coverage's guidance, in every run of the tests."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .targets import SEEDS, TARGETS, Target


@st.composite
def _bent(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """A seed with a part of it replaced, or any bytes."""
    seed = draw(st.sampled_from((b"", *seeds)))
    at, cut = draw(st.integers(0, len(seed))), draw(st.integers(0, 20))
    return seed[:at] + draw(st.binary(max_size=60)) + seed[at + cut :]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_any_bytes_are_borne(target: Target) -> None:
    @settings(max_examples=100, deadline=None)
    @given(_bent(SEEDS.get(target.name, ())))
    def borne(data: bytes) -> None:
        target.try_(data)

    borne()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rest", b"\xa5\x0e"),  # an object in place of the current revision's name
        ("zuul-api", b"\xd6\xd6\xd6\xd6\xd6\xd6\x07\x0e"),  # an object in place of a build's uuid
    ],
)
def test_what_was_found_once_is_borne(name: str, data: bytes) -> None:
    next(target for target in TARGETS if target.name == name).try_(data)
