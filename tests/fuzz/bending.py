"""A JSON document with some of its values replaced as bytes tell, so that a fuzzer gets past the outermost braces."""

from collections.abc import Iterator

_INSTEAD: tuple[object, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    1e308,
    "",
    "7",
    "\ud800",
    "2026-11-21 09:00:00.000000000",
    [],
    [None],
    [[]],
    {},
    {"a": {}},
)


def bent(document: object, data: bytes) -> object:
    """Two bytes replace a value: which one, and by what; of an odd number of bytes the last is left over."""
    for which, what in zip(data[::2], data[1::2], strict=False):
        places = list(_places(document, ()))
        place = places[which % len(places)]
        # The upper values keep the type: a text out of the bytes themselves.
        instead = _INSTEAD[what] if what < len(_INSTEAD) else data[: what - len(_INSTEAD)].decode("utf-8", "replace")
        document = _replaced(document, place, instead)
    return document


_Place = tuple[str | int, ...]


def _places(value: object, here: _Place) -> Iterator[_Place]:
    yield here
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*here, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, (*here, index))


def _replaced(value: object, place: _Place, instead: object) -> object:
    if not place:
        return instead
    first, *rest = place
    if isinstance(value, dict):
        return {key: _replaced(inner, tuple(rest), instead) if key == first else inner for key, inner in value.items()}
    assert isinstance(value, list)
    return [_replaced(inner, tuple(rest), instead) if at == first else inner for at, inner in enumerate(value)]
