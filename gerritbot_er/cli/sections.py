"""Figures in sections, each a table: for a terminal as rich draws them, for a mail as Markdown; pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

_ACTIVE = re.compile(r"([\\`*_\[\]|~#!])")


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``number``: stands right, ``code``: log lines, which are no markup.

    ``wide`` takes what room there is on a terminal; ``below`` stands there beneath the column before it.
    """

    name: str
    number: bool = False
    code: bool = False
    wide: bool = False
    below: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A table with a title; ``lines`` stand before it, ``more`` behind it, ``empty`` in its place without rows."""

    title: str
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()
    empty: str = ""
    more: str = ""


def drawn(sections: Iterable[Section]) -> Iterator[RenderableType]:
    """The sections for a terminal."""
    for number, section in enumerate(sections):
        if number:
            yield Text("")
        yield Text(section.title, style="bold")
        yield from (Text(line) for line in section.lines)
        if section.rows:
            yield _table(section)
        elif section.empty:
            yield Text(section.empty)
        if section.more:
            yield Text(section.more, style="dim")


def markdown(sections: Iterable[Section]) -> str:
    """The sections as Markdown in which nothing of a log, a job or a tracker is markup."""
    return "\n\n".join("\n\n".join(_blocks(section)) for section in sections) + "\n"


def _table(section: Section) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in section.columns:
        if column.wide:
            table.add_column(column.name, overflow="fold", ratio=1)
        elif not column.below:
            table.add_column(column.name, justify="right" if column.number else "left", no_wrap=True)
    for row in section.rows:
        cells: list[Text] = []
        for column, text in zip(section.columns, row, strict=True):
            if column.below:
                cells[-1].append(f"\n{text}", style="dim")
            else:
                cells.append(Text(text))
        table.add_row(*cells)
    return table


def _blocks(section: Section) -> Iterator[str]:
    yield f"## {plain(section.title)}"
    yield from map(plain, section.lines)
    if section.rows:
        head = "| " + " | ".join(plain(column.name) for column in section.columns) + " |"
        rule = "|" + "|".join(" ---: " if column.number else " --- " for column in section.columns) + "|"
        yield "\n".join([head, rule, *(_row(section.columns, row) for row in section.rows)])
    elif section.empty:
        yield plain(section.empty)
    if section.more:
        yield plain(section.more)


def _row(columns: tuple[Column, ...], row: tuple[str, ...]) -> str:
    cells = (code(text) if column.code else plain(text) for column, text in zip(columns, row, strict=True))
    return "| " + " | ".join(cells) + " |"


def plain(text: str) -> str:
    """A line that reads as it stands, whatever Markdown makes of its characters."""
    escaped = _ACTIVE.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    return escaped.replace("://", ":\u200b//").replace("www.", "www\u200b.").replace("@", "@\u200b")


def code(text: str) -> str:
    """A line as code, in more backticks than it holds in a row; a bar would end the cell all the same."""
    if not text:
        return ""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return fence + pad + text.replace("|", "\\|") + pad + fence
