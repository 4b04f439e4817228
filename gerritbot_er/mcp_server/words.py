"""The answers in a few lines for people, and for assistants that read no structure.  Pure.

Quoted text stands in double quotes that it cannot close, each on one line.
"""

from collections.abc import Iterable, Iterator

from gerritbot_er.dependencies import NOT_RUNNING

from . import answers, quoted

MOST = 10
"""Bugs or groups that the text tells; the structure has all."""
MOST_LINES = 12
"""Lines of one place in a log that the text tells."""


def of_build(answer: answers.BuildAnswer) -> str:
    """Why one build failed."""
    one = answer.build
    return _text(_build(one, f" of {one.project}, change {one.change}, patch set {one.patchset},"))


def of_change(answer: answers.ChangeAnswer) -> str:
    """Why the builds of a change failed."""
    return _text(_change(answer))


def of_bugs(answer: answers.KnownBugs) -> str:
    """The bugs that hit."""
    return _text(_bugs(answer))


def of_bug(answer: answers.BugAnswer) -> str:
    """One bug."""
    return _text(_bug(answer))


def of_groups(answer: answers.Groups) -> str:
    """The groups of unexplained failures."""
    return _text(_groups(answer))


def of_group(answer: answers.GroupAnswer) -> str:
    """One group, with its draft."""
    return _text(_group(answer))


def of_status(answer: answers.Status) -> str:
    """How the bot is."""
    return _text(_status(answer))


def _text(lines: Iterable[str]) -> str:
    return "\n".join((quoted.NOTICE_IN_TEXT, *lines))


def _change(answer: answers.ChangeAnswer) -> Iterator[str]:
    yield f"Change {answer.number} of {answer.project}, {answer.subject}, patch set {answer.patchset}:"
    if not answer.failed_builds:
        yield "no failed build of it is recorded."
    for one in answer.failed_builds:
        yield from _build(one, "")
    if answer.more_failed_builds:
        yield f"{answer.more_failed_builds} more of its builds failed."
    others = [str(number) for number in answer.patchsets_with_failures if number != answer.patchset]
    if others:
        yield f"Builds failed on patch sets {', '.join(others)} as well."


def _build(one: answers.Build, where: str) -> Iterator[str]:
    later = ", explained by a signature that came later" if one.explained_later else ""
    voting = "" if one.voting else ", not voting"
    yield f"Job {one.job}{where} ended with {one.result}{voting} at {one.reported_at}: {one.verdict_in_words}{later}."
    for bug in one.known_bugs:
        yield f"  Known bug {bug.signature}, {bug.title}{_at(bug.tracker_url)}.{_also(bug.other_changes_hit)}"
        for proof in bug.evidence:
            yield from _evidence(proof)
        if bug.advice:
            yield f"  {bug.advice}"
    if one.unexplained_group:
        yield f"  It is like others in group {one.unexplained_group}.{_also(one.other_changes_in_group)}"
    if one.telling_line:
        yield "  The line that tells most:"
        yield from _evidence(one.telling_line)
    for excerpt in one.log_lines:
        yield from _evidence(excerpt)
    yield f"  Build {one.build}{_at(one.url)}"


def _also(changes: int | None) -> str:
    """On how many other changes the same was seen; nothing where that is not known."""
    if changes is None:
        return ""
    seen = f"hit {_number(changes, 'other change')}" if changes else "was seen only on this change"
    return f" The same failure {seen} within a day."


def _evidence(one: answers.Evidence) -> Iterator[str]:
    """Where it stands and, line by line, what stands there; of many the last, which are nearest to the failure."""
    yield f"  {one.place}{_at(one.url)} says:"
    every = quoted.each_line(one.text)
    if len(every) > MOST_LINES:
        yield f"    ({len(every) - MOST_LINES} lines before these)"
    for line in every[-MOST_LINES:]:
        yield f"    {line}"


def _at(url: str | None) -> str:
    return f" <{url}>" if url else ""


def _bugs(answer: answers.KnownBugs) -> Iterator[str]:
    yield (
        f"Known bugs that hit in the last {answer.last}, the costliest first:"
        if answer.bugs
        else (f"No known bug hit in the last {answer.last}.")
    )
    for one in answer.bugs[:MOST]:
        state = f", {one.tracker_state}" if one.tracker_state.untrusted_text else ""
        yield f"{one.signature}: {one.title}{state}{_at(one.tracker_url)}: {_reach(one.reach)}"
    yield from _more(len(answer.bugs) - MOST, answer.more, "bugs")
    yield from map(_unheard, answer.unheard)


def _bug(answer: answers.BugAnswer) -> Iterator[str]:
    state = f", {answer.tracker_state}" if answer.tracker_state.untrusted_text else ""
    yield f"Known bug {answer.signature}: {answer.title}{state}{_at(answer.tracker_url)}."
    if answer.reach:
        yield f"In the last {answer.last}: {_reach(answer.reach)}"
    elif answer.last_seen:
        yield f"It did not hit in the last {answer.last}; last seen at {answer.last_seen}."
    else:
        yield "It has never hit."
    if answer.jobs:
        yield f"Jobs: {_counted(answer.jobs)}."
    if answer.advice:
        yield answer.advice
    for sample in answer.samples:
        yield f"Job {sample.job} on change {sample.change}, build {sample.build}:"
        for proof in sample.evidence:
            yield from _evidence(proof)


def _groups(answer: answers.Groups) -> Iterator[str]:
    without = answer.builds_without_group
    unknown = f", {without} of them without lines that tell" if without else ""
    builds = answer.unexplained_builds
    unexplained = _number(builds, "failed build") if builds else "No failed build"
    yield f"{unexplained} of the last {answer.last} {'is' if builds < 2 else 'are'} unexplained{unknown}."  # noqa: PLR2004 - of one build
    for one in answer.groups[:MOST]:
        yield f"{one.id}{' (new)' if one.new else ''}: {one.line} in {one.file}, job {one.job}: {_reach(one.reach)}"
    yield from _more(len(answer.groups) - MOST, answer.more, "groups")
    yield from map(_unheard, answer.unheard)


def _group(answer: answers.GroupAnswer) -> Iterator[str]:
    yield f"Group {answer.id} of unexplained failures, first seen at {answer.first_seen}: {_reach(answer.reach)}"
    for one in answer.shared_lines:
        yield f"{one.builds} of the {answer.looked_at_builds} newest builds say:"
        yield from _evidence(one.evidence)
    if answer.jobs:
        yield f"Jobs: {_counted(answer.jobs)}."
    draft = answer.draft
    if draft is None:
        yield "No signature could be drafted: its lines have no word in common."
        return
    yield (
        f"A drafted signature, to be reviewed; it matches {draft.hits} of the {draft.of_builds} builds, and "
        f"{draft.wrong_hits} of {draft.of_others} others:"
    )
    for line in quoted.each_line(draft.file):
        yield f"    {line}"


def _status(answer: answers.Status) -> Iterator[str]:
    yield f"The daemon runs: {answer.summary}" if answer.running else f"{NOT_RUNNING.capitalize()}:"
    for one in answer.outages:
        what = f"known bug {one.signature}" if one.signature else f"group {one.unexplained_group}"
        end = f"ended at {one.ended_at}" if one.ended_at else "it lasts"
        yield f"Outage since {one.since}, {_number(one.changes, 'change')}, {end}: {what}, {one.title}"
    oldest = f", the oldest since {answer.oldest_open_case}" if answer.oldest_open_case else ""
    yield f"Open cases: {answer.open_cases}{oldest}."
    for brake in answer.brakes:
        yield f"Stopped by the operator: {brake}"


def _reach(reach: answers.Reach) -> str:
    """Without hours where no report tells how long its builds ran."""
    hours = f", {reach.ci_hours} hours of CI" if reach.ci_hours else ""
    resets = f", {_number(reach.gate_resets, 'gate reset')}" if reach.gate_resets else ""
    hit = f"{_number(reach.builds, 'build')} of {_number(reach.changes, 'change')}"
    return f"{hit}{hours}{resets}, last seen at {reach.last_seen}."


def _unheard(one: answers.Unheard) -> str:
    hint = f"; perhaps {one.nearest} is meant" if one.nearest else ""
    return f"No failed build of the {one.filter} {one.name} is recorded{hint}."


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _counted(names: Iterable[answers.Counted]) -> str:
    return ", ".join(f"{one.name} {one.builds}" for one in names)


def _more(untold: int, more: int, what: str) -> Iterator[str]:
    count = max(untold, 0) + more
    if count:
        yield f"and {count} more {what}."
