"""The pages of failures that no signature explains: all groups of those that are alike, and one of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from gerritbot_er.cleaning import clean_line
from gerritbot_er.insight.bugs import Counts
from gerritbot_er.insight.common_lines import CommonLine, in_common
from gerritbot_er.insight.drafts import Counterexamples, GroupDraft, drafted
from gerritbot_er.insight.figures import Spread, Timeline
from gerritbot_er.insight.steps import steps_of
from gerritbot_er.insight.unexplained import NEW, GroupDetail, GroupFigures, Member

from .addresses import part_of
from .asked import Asked, read_asked
from .remembered import Remembered
from .sources import Sources, Stored
from .views import LONGEST_LINE, LONGEST_NAME, Knowledge, Proof, job_words, proof

LAST = "14d"
"""The span of these pages where the URL names none."""
MOST_GROUPS = 50
MOST_MEMBERS = 20
"""Builds of a group that are shown; what they have in common is what the group is known by."""
OTHER_GROUPS, EXPLAINED_BUILDS = 40, 100
"""Of how many a draft is tried whether it matches what it should not."""
MOST_LINES = 8


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group in the list; ``line`` is that of its newest build which tells most, "" where none does.

    ``new``: first seen in the last 24 hours; ``job`` is that of its newest build, one of ``jobs``.
    """

    id: str
    line: str
    file: str
    new: bool
    began_at: float
    spread: Spread
    job: str
    jobs: int


@dataclass(frozen=True, slots=True)
class Unexplained:
    """The groups of unexplained failures, those that are new first, then those that hit most changes."""

    groups: tuple[GroupLine, ...]
    more: int
    builds: int
    ungrouped: int


@dataclass(frozen=True, slots=True)
class Shared:
    """A line that ``count`` of the builds looked at have, half of them or more: what is the same, and a real one."""

    shape: str
    count: int
    proof: Proof


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A build of the group; ``page`` is the last part of its page's path."""

    page: str
    at: float
    job: str
    project: str
    change: int
    patchset: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The names with most builds, and how many ``more`` there are."""

    names: Mapping[str, int]
    more: int


@dataclass(frozen=True, slots=True)
class GroupPage:
    """A group of unexplained failures; ``looked_at`` builds make its ``lines``, ``draft`` a signature for it."""

    id: str
    title: str
    began_at: float
    spread: Spread
    timeline: Timeline
    lines: tuple[Shared, ...]
    looked_at: int
    members: tuple[MemberLine, ...]
    jobs: Counted
    projects: Counted
    branches: Counted
    draft: GroupDraft | None


def unexplained_page(sources: Stored, asked: Asked) -> Unexplained:
    """The groups in the time that is asked for."""
    return groups_of(sources, asked, MOST_GROUPS)


def groups_of(sources: Stored, asked: Asked, most: int) -> Unexplained:
    """At most so many of them."""
    now = sources.clock.now()
    found = sources.statistics.unexplained(asked.where(now), now, most)
    return Unexplained(tuple(_line(one, now) for one in found.groups), found.more, found.builds, found.ungrouped)


def group_page(sources: Stored, asked: Asked, group: str) -> GroupPage | None:
    """One group; None where there is none of which a page may tell."""
    now = sources.clock.now()
    where = asked.where(now)
    found = sources.statistics.group(group, where, MOST_MEMBERS)
    if found is None:
        return None
    lines = in_common(member.lines for member in found.members)
    looked_at = len(found.members)
    steps = steps_of(where, now)
    counted = [("builds", int((at - where.since) // steps.length), n) for at, n in found.moments]
    return GroupPage(
        id=found.id,
        title=clean_line(lines[0].shape, LONGEST_NAME) if lines else "",
        began_at=found.began_at,
        spread=found.spread,
        timeline=steps.timeline(("builds",), counted),
        lines=tuple(
            _shared(one, found, sources.knowledge()) for one in lines[:MOST_LINES] if 2 * one.count >= looked_at
        ),
        looked_at=looked_at,
        members=tuple(_member(one) for one in found.members),
        jobs=_counted(found.jobs),
        projects=_counted(found.projects),
        branches=_counted(found.branches),
        draft=_drafted(sources, found),
    )


def add_drafts(app: Flask, sources: Sources, remembered: Remembered) -> None:
    """Let the drafted signature of each group be downloaded as a file; it never opens in the browser."""

    def as_file(group: str) -> Response:
        asked = read_asked(request.args.items(multi=True), LAST)
        question = ("draft", group, asked, sources.statistics.hidden())

        def find_out(over: Callable[[], bool]) -> GroupPage | None:
            with sources.within(over) as bounded:
                return group_page(bounded, asked, group)

        page = remembered.ask(question, find_out)
        if page is None or page.draft is None:
            raise NotFound
        disposition = f'attachment; filename="{page.id}.yaml"'
        return Response(page.draft.text, mimetype="text/yaml", headers={"Content-Disposition": disposition})

    app.add_url_rule("/unexplained/<group>.yaml", "draft of a signature", as_file)


def _drafted(sources: Stored, found: GroupDetail) -> GroupDraft | None:
    """A draft for a group, tried on the builds at hand; None where its lines have no word in common."""
    beside = sources.statistics.beside(found.id, OTHER_GROUPS, EXPLAINED_BUILDS)
    groups = {name: (lines,) for name, lines in beside.groups.items()}
    members = [member.lines for member in found.members if member.lines]
    return drafted(members, Counterexamples(groups, beside.explained)) if members else None


def _line(group: GroupFigures, now: float) -> GroupLine:
    told = group.line
    return GroupLine(
        group.id,
        clean_line(told.line, LONGEST_LINE) if told else "",
        clean_line(told.file, LONGEST_NAME) if told else "",
        group.began_at >= now - NEW,
        group.began_at,
        group.spread,
        job_words(group.job),
        group.jobs,
    )


def _shared(line: CommonLine, found: GroupDetail, known: Knowledge) -> Shared:
    ci = known.ci(found.members[line.of].ci)
    return Shared(clean_line(line.shape, LONGEST_LINE), line.count, proof(line.example, ci))


def _member(member: Member) -> MemberLine:
    return MemberLine(
        part_of(member.identity),
        member.at,
        job_words(member.job),
        clean_line(member.project, LONGEST_NAME),
        member.change,
        member.patchset,
    )


def _counted(names: Counts) -> Counted:
    return Counted({clean_line(one.name, LONGEST_NAME): one.builds for one in names.first}, names.more)
