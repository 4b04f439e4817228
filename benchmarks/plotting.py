"""A plot of some values over time as an SVG file: one panel below the other, each with its own scale from zero."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

Series = Sequence[tuple[float, float]]
"""(x, y) pairs in the order of x."""

_WIDE, _HIGH, _LEFT, _GAP = 760, 120, 70, 50


def plot(file: Path, title: str, x_name: str, panels: Mapping[str, Series]) -> None:
    """Write the panels, by their names, over the same x."""
    end = max((x for series in panels.values() for x, _ in series), default=0.0) or 1.0
    parts = [_text(_LEFT, 20, title, size=15)]
    for number, (name, series) in enumerate(panels.items()):
        parts += _panel(name, series, end, top=50 + number * (_HIGH + _GAP))
    bottom = 50 + len(panels) * (_HIGH + _GAP)
    parts.append(_text(_LEFT, bottom - 15, f"0 … {end:.0f} {x_name}"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDE + 20}" height="{bottom}" fill="none">'
    file.write_text("\n".join((head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n")))


def _panel(name: str, series: Series, end: float, *, top: int) -> list[str]:
    most = max((y for _, y in series), default=0.0) or 1.0
    points = " ".join(f"{_LEFT + x / end * _WIDE:.1f},{top + _HIGH - y / most * _HIGH:.1f}" for x, y in series)
    return [
        f'<rect x="{_LEFT}" y="{top}" width="{_WIDE}" height="{_HIGH}" stroke="#bbb"/>',
        f'<polyline points="{points}" stroke="#1f6feb" stroke-width="1.5"/>',
        _text(_LEFT, top - 6, name),
        _text(_LEFT - 8, top + 10, f"{most:,.0f}", anchor="end"),
        _text(_LEFT - 8, top + _HIGH, "0", anchor="end"),
    ]


def _text(x: int, y: int, text: str, *, size: int = 12, anchor: str = "start") -> str:
    style = f'font-family="sans-serif" font-size="{size}" text-anchor="{anchor}" fill="#222"'
    return f'<text x="{x}" y="{y}" {style}>{escape(text)}</text>'
