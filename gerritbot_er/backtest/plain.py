"""Figures as JSON objects for scripts, and as a short table in Markdown for a review comment; pure."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import Evidence

from .figures import Figures, Report, Sample, Share, Split
from .histogram import histogram
from .tables import explained, percent

_NAME_LENGTH = 100


def hits_object(figures: Figures) -> dict[str, object]:
    """What a signature hit; times are UTC."""
    step, rows = histogram(figures.moments)
    return {
        "signature": figures.signature.name,
        "title": figures.signature.title,
        **_split(figures.whole),
        "unsure": figures.unsure,
        "over_time": {
            "step": step.value,
            "rows": [{"begin": row.label, "failed": row.failed, "successful": row.successful} for row in rows],
        },
        "jobs": _splits(figures.jobs),
        "branches": _splits(figures.branches),
        "results": _splits(figures.results),
        "samples": [_sample(one) for one in figures.samples],
    }


def verdict_object(figures: Figures, limit: float) -> dict[str, object]:
    """What a signature hit and what that says of its quality; ``precision`` and ``limit`` are parts of 1."""
    return hits_object(figures) | {
        "precision": figures.whole.precision,
        "newly_explained": figures.newly,
        "stolen": {name: _share(share) for name, share in figures.stolen},
        "lost": figures.lost,
        "limit": limit,
        "over_limit": figures.over(limit),
        "notes": list(figures.notes),
    }


def explained_object(report: Report) -> dict[str, object]:
    """The last object: all signatures together."""
    return {
        "explained": {"before": _share(report.explained.before), "after": _share(report.explained.after)},
        "builds": {"failed": report.failed, "successful": report.successful},
    }


def _split(split: Split) -> dict[str, object]:
    return {"failed": _share(split.failed), "successful": _share(split.successful)}


def _splits(groups: Mapping[str, Split]) -> dict[str, object]:
    return {name: _split(split) for name, split in sorted(groups.items())}


def _share(share: Share) -> dict[str, int]:
    return {"hit": share.hit, "of": share.of}


def _sample(sample: Sample) -> dict[str, object]:
    build, match = sample.build, sample.match
    at = datetime.fromtimestamp(build.reported_at, UTC)
    return {
        "build": build.uuid or build.identity,
        "job": build.job,
        "result": build.result,
        "ended": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "page": build.web_url,
        "lines": [_line(one) for one in (match.evidence, *match.more) if one is not None],
        "captured": dict(match.captured),
    }


def _line(evidence: Evidence) -> dict[str, object]:
    return {"file": evidence.file, "number": evidence.number, "line": evidence.line, "url": evidence.url}


def markdown(report: Report, limit: float, where: str) -> str:
    """A table of all signatures, and under it what needs a reviewer's eye."""
    lines = [
        "| signature | failed builds hit | successful builds hit | precision | newly explained | stolen |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for one in report.figures:
        precision = "not known" if one.whole.precision is None else percent(one.whole.precision)
        over = " (over the limit)" if one.over(limit) else ""
        stolen = sum(share.hit for _, share in one.stolen)
        cells = [
            _code(one.signature.name),
            _hit(one.whole.failed),
            _hit(one.whole.successful),
            precision + over,
            str(one.newly),
            str(stolen),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    builds = f"{report.failed} failed and {report.successful} successful builds of {where}"
    lines += ["", f"{explained(report)} Searched: {builds}; limit of hits on successful builds: {percent(limit)}."]
    remarks = [(one, remark) for one in report.figures for remark in (*_stolen(one), *one.notes)]
    lines += [""] * bool(remarks) + [f"- {_code(one.signature.name)}: {remark}" for one, remark in remarks]
    return "\n".join(lines)


def _hit(share: Share) -> str:
    return f"{share.hit} of {share.of}"


def _stolen(figures: Figures) -> Iterator[str]:
    if figures.stolen:
        each = (f"{share.hit} of the {share.of} of {_code(name)}" for name, share in figures.stolen)
        yield f"stolen are {', '.join(each)}"


def _code(name: str) -> str:
    """A file's name that ends neither its own mark nor its cell."""
    return f"`{clean_line(name, _NAME_LENGTH).replace('`', chr(39)).replace('|', '/')}`"
