"""Figures as people read them on a terminal: rich's tables, bars and marked lines; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import Evidence, Signature
from gerritbot_er.signatures.parts import Role, parts_of

from .figures import Figures, Report, Sample, Share, Split
from .highlight import spans
from .histogram import PARTS, Row, bar, histogram

_BAR = 30
_SUCCESS = "░"
_NAMES = 10
"""Jobs, branches or results that are named; of more only the number is told."""
_NAME_LENGTH = 100
_LINE_LENGTH = 1000
_GOOD, _BAD, _FAINT, _MARK = "green", "bold red", "dim", "bold yellow"


def percent(part: float) -> str:
    """A part of 1: "12.5 %"; what is not nothing is never told as nothing, nor what is not all as all."""
    if 0 < part < 0.001:  # noqa: PLR2004 - what one decimal can show
        return "< 0.1 %"
    if 0.999 < part < 1:  # noqa: PLR2004 - as above
        return "> 99.9 %"
    return f"{part * 100:.1f}".removesuffix(".0") + " %"


def heading(signature: Signature) -> Text:
    """Its name, and its title where it has one."""
    text = Text(signature.name, style="bold")
    if signature.title:
        text.append(f": {clean_line(signature.title, _NAME_LENGTH)}", style="not bold")
    return text


def hits(figures: Figures, most_width: int) -> Iterator[RenderableType]:
    """What a signature hit: how many builds, when, of which jobs, branches and results, and the lines."""
    yield _over_time(figures.moments)
    yield _by_name(figures)
    for sample in figures.samples:
        yield from _sample(sample, figures.signature, most_width)


def counts(figures: Figures) -> Table:
    """How many builds were hit, as rows of a name and a value."""
    table = Table.grid(padding=(0, 2))
    table.add_row("failed builds", _of(figures.whole.failed))
    table.add_row("successful builds", _of(figures.whole.successful))
    return table


def verdict(figures: Figures, limit: float) -> Table:
    """The counts, and what they say of the signature's quality."""
    table = counts(figures)
    over = figures.over(limit)
    precision = figures.whole.precision
    shown = Text("not known" if precision is None else percent(precision), style=_BAD if over else "")
    table.add_row("precision", shown)
    table.add_row("newly explained", _builds(figures.newly))
    table.add_row("stolen", Text(_stolen(figures.stolen)))
    if figures.lost is not None:
        table.add_row("lost by the change", _builds(figures.lost))
    return table


def _of(share: Share) -> str:
    return f"{share.hit} of {share.of}" + (f" ({percent(share.part)})" if share.of else "")


def _builds(count: int) -> str:
    return "1 build" if count == 1 else f"{count} builds"


def _stolen(stolen: Sequence[tuple[str, Share]]) -> str:
    if not stolen:
        return "none"
    shown = [f"{share.hit} of the {share.of} of {name}" for name, share in stolen[:_NAMES]]
    more = len(stolen) - len(shown)
    return "\n".join([*shown, *([f"and some of {more} more signatures"] if more else [])])


def conclusion(figures: Figures, limit: float) -> Text:
    """Whether the signature may be taken, in one line."""
    good, precision = figures.whole.successful, figures.whole.precision
    if figures.over(limit):
        of_hits = "" if precision is None else f", and {percent(1 - precision)} of its hits are on such builds"
        over = f"Over the limit of {percent(limit)}: {_of(good)} successful builds are hit{of_hits}."
        return Text(over, style=_BAD)
    if not figures.whole.failed.hit and not good.hit:
        return Text("It hits nothing.")
    return Text(f"Within the limit of {percent(limit)} for hits on successful builds.", style=_GOOD)


def summary(report: Report, limit: float) -> Table:
    """One row for each of several signatures."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("signature", overflow="fold", ratio=1)
    for name in ("failed", "successful", "precision", "new", "stolen"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in report.figures:
        whole, over = one.whole, one.over(limit)
        table.add_row(
            Text(one.signature.name),
            f"{whole.failed.hit}/{whole.failed.of}",
            f"{whole.successful.hit}/{whole.successful.of}",
            Text("-" if whole.precision is None else percent(whole.precision), style=_BAD if over else ""),
            str(one.newly),
            str(sum(share.hit for _, share in one.stolen)),
        )
    return table


def explained(report: Report) -> str:
    """What the signatures add to what was explained before."""
    before, after = report.explained.before, report.explained.after
    if not before.of:
        return "No failed build was searched."
    failed = "1 failed build" if before.of == 1 else f"{before.of} failed builds"
    with_them = "with it" if len(report.figures) == 1 else "with these"
    return (
        f"Of {failed}, {before.hit} ({percent(before.part)}) are explained without and {after.hit} "
        f"({percent(after.part)}) {with_them}."
    )


def _over_time(moments: Sequence[tuple[int, bool]]) -> RenderableType:
    step, rows = histogram(moments)
    if not rows:
        return Text("")
    most = max(row.failed + row.successful for row in rows)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(f"{step.value} (UTC)", no_wrap=True)
    table.add_column("hits", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    successes = any(row.successful for row in rows)
    if successes:
        table.columns[2].header = Text.assemble("█ failed  ", (f"{_SUCCESS} successful", _BAD))
    for row in rows:
        table.add_row(row.label, str(row.failed + row.successful), _drawn(row, most))
    return Padding(table, (1, 0, 0, 0), expand=False)


def _drawn(row: Row, most: int) -> Text:
    """A bar whose end are the successful builds, in a pattern of their own, for terminals without colours."""
    whole = bar(row.failed + row.successful, most, _BAR)
    if not row.successful:
        return Text(whole)
    failed = bar(row.failed, most, _BAR).rstrip(PARTS) if row.failed else ""
    return Text.assemble(failed, (_SUCCESS * max(len(whole) - len(failed), 1), _BAD))


def _by_name(figures: Figures) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", overflow="fold")
    for name in ("failed", "successful"):
        table.add_column(name, justify="right", no_wrap=True)
    for title, groups in (("job", figures.jobs), ("branch", figures.branches), ("result", figures.results)):
        _section(table, title, groups)
    return Padding(table, (1, 0, 0, 0), expand=False) if table.row_count else Text("")


def _section(table: Table, title: str, groups: Mapping[str, Split]) -> None:
    """The names with hits, those with the most first."""
    hit = {name: split for name, split in groups.items() if split.failed.hit or split.successful.hit}
    if not hit:
        return
    if table.row_count:
        table.add_row()
    table.add_row(Text(title, style="bold"))
    ordered = sorted(hit.items(), key=lambda item: (-item[1].failed.hit - item[1].successful.hit, item[0]))
    for name, split in ordered[:_NAMES]:
        shown = clean_line(name, _NAME_LENGTH) or "(not known)"
        table.add_row(Text(f"  {shown}"), _cell(split.failed), _cell(split.successful))
    rest = [f"{len(ordered) - _NAMES} more with hits"] if len(ordered) > _NAMES else []
    rest += [f"{len(groups) - len(hit)} without hits"] if len(groups) > len(hit) else []
    if rest:
        table.add_row(Text(f"  and {', '.join(rest)}", style=_FAINT))


def _cell(share: Share) -> str:
    return f"{share.hit} of {share.of}  {percent(share.part):>7}" if share.of else ""


def _sample(sample: Sample, signature: Signature, most_width: int) -> Iterator[RenderableType]:
    build, match = sample.build, sample.match
    when = f"{datetime.fromtimestamp(build.reported_at, UTC):%Y-%m-%d %H:%M}"
    facts = [when, clean_line(build.job, _NAME_LENGTH), clean_line(build.result, _NAME_LENGTH)]
    yield Text("")
    yield Text("  ".join(filter(None, facts)), style="bold")
    evidences = [one for one in (match.evidence, *match.more) if one is not None]
    queries = [part.query for part in parts_of(signature) if part.role is not Role.NONE]
    for evidence in evidences:
        yield Text(f"  {_place(evidence)}", style=_FAINT)
        yield _marked(evidence.line, queries, most_width)
    link = next((one.url for one in evidences if one.url), build.web_url)
    if link:
        yield Text(f"  {clean_line(link, _LINE_LENGTH)}", style=_FAINT)


def _place(evidence: Evidence) -> str:
    if not evidence.file:
        return "the CI says"
    name = clean_line(evidence.file, _NAME_LENGTH)
    return f"{name} line {evidence.number}" if evidence.number else name


def _marked(line: str, queries: Iterable[str], most_width: int) -> Text:
    """The line with the words that were asked for marked, cut around the first of them where it is too long."""
    shown = clean_line(line, _LINE_LENGTH)
    text = Text(shown)
    found = spans(queries, shown)
    for start, end in found:
        text.stylize(_MARK, start, end)
    width = max(most_width - 4, 20) * 3
    first = max(found[0][0] - width // 4, 0) if found and len(shown) > width else 0
    piece = text[first : first + width]
    before, after = "…" if first else "", "…" if first + width < len(shown) else ""
    return Text.assemble("    ", before, piece, after)
