"""Known bugs and unexplained groups as answers: how far they reach, and what proves them."""

from collections.abc import Iterable, Mapping

from gerritbot_er.errors import Permanent
from gerritbot_er.insight.bugs import BugReply, Counted
from gerritbot_er.insight.drafts import GroupDraft
from gerritbot_er.insight.figures import Spread
from gerritbot_er.web.asked import Asked
from gerritbot_er.web.bug import SampleView, bug_page
from gerritbot_er.web.bugs import BugLine, costliest
from gerritbot_er.web.sources import Stored
from gerritbot_er.web.unexplained import GroupLine, MemberLine, group_page, groups_of
from gerritbot_er.web.words import iso

from . import answers, quoted
from .asked import AskedBug, AskedGroup, AskedList, as_page
from .failures import MOST_EVIDENCE, evidence

MOST_CHANGES = 20
MOST_NAMES = 10


def known_bugs(stored: Stored, asked: AskedList) -> answers.KnownBugs:
    """The bugs that hit, the costliest first."""
    page = as_page(asked)
    found = costliest(stored, page.where(stored.clock.now()), asked.most)
    return answers.KnownBugs(asked.last, tuple(map(_known, found.bugs)), found.more, _unheard(stored, page))


def bug(stored: Stored, asked: AskedBug) -> answers.BugAnswer:
    """One bug; ``Permanent`` where there is none of that name."""
    page = bug_page(stored, Asked(asked.last), asked.signature)
    if page is None:
        raise Permanent("there is no known bug of this name; give a signature as known_bugs or explain_build names it")
    detail = page.detail
    return answers.BugAnswer(
        signature=page.named.signature,
        title=quoted.name(page.named.title),
        tracker_url=page.named.url,
        tracker_state=quoted.name(page.named.state),
        advice=page.advice,
        last=asked.last,
        first_seen=iso(detail.first_at) if detail else None,
        last_seen=iso(detail.last_at) if detail else None,
        reach=_reach(detail.spread) if detail and detail.spread else None,
        jobs=_counted(detail.jobs.first) if detail else (),
        projects=_counted(detail.projects.first) if detail else (),
        branches=_counted(detail.branches.first) if detail else (),
        changes=tuple(one.change for one in detail.changes[:MOST_CHANGES]) if detail else (),
        samples=tuple(map(_sample, page.samples)),
        replies=tuple(map(_reply, detail.replies[:MOST_NAMES])) if detail else (),
        signature_file=quoted.rows(page.text),
    )


def unexplained_groups(stored: Stored, asked: AskedList) -> answers.Groups:
    """The groups of failures that no signature explains."""
    page = as_page(asked)
    found = groups_of(stored, page, asked.most)
    groups, unheard = tuple(map(_group, found.groups)), _unheard(stored, page)
    return answers.Groups(asked.last, groups, found.more, found.builds, found.ungrouped, unheard)


def unexplained_group(stored: Stored, asked: AskedGroup) -> answers.GroupAnswer:
    """One group; ``Permanent`` where none of that id has a failure in the time that is asked for."""
    page = group_page(stored, Asked(asked.last), asked.id)
    if page is None or not page.spread.builds:
        raise Permanent(
            f"no group of this id has a failure in the last {asked.last}; give an id as unexplained_groups or "
            "explain_build names it, or a longer time as last"
        )
    return answers.GroupAnswer(
        id=page.id,
        last=asked.last,
        first_seen=iso(page.began_at),
        reach=_reach(page.spread),
        shared_lines=tuple(answers.SharedLine(one.count, evidence(one.proof)) for one in page.lines),
        looked_at_builds=page.looked_at,
        newest_builds=tuple(map(_member, page.members)),
        jobs=_named(page.jobs.names),
        projects=_named(page.projects.names),
        branches=_named(page.branches.names),
        draft=_draft(page.draft) if page.draft else None,
    )


def _unheard(stored: Stored, asked: Asked) -> tuple[answers.Unheard, ...]:
    names = asked.names()
    found = stored.statistics.unheard(names) if names else {}
    return tuple(
        answers.Unheard(what, quoted.name(names[what]), quoted.name(near) if near else None)
        for what, near in found.items()
    )


def _reach(spread: Spread) -> answers.Reach:
    first, last = iso(spread.first_at), iso(spread.last_at)
    return answers.Reach(spread.builds, spread.changes, first, last, round(spread.seconds / 3600, 1), spread.resets)


def _known(one: BugLine) -> answers.KnownBug:
    named = one.named
    title, state = quoted.name(named.title), quoted.name(named.state)
    return answers.KnownBug(named.signature, title, named.url, state, _reach(one.spread), one.jobs)


def _counted(names: Iterable[Counted]) -> tuple[answers.Counted, ...]:
    return _named({one.name: one.builds for one in names})


def _named(names: Mapping[str, int]) -> tuple[answers.Counted, ...]:
    return tuple(answers.Counted(quoted.name(name), builds) for name, builds in list(names.items())[:MOST_NAMES])


def _sample(view: SampleView) -> answers.Sample:
    one = view.sample
    proofs = tuple(evidence(proof) for proof in view.found.proofs[:MOST_EVIDENCE] if proof.line)
    return answers.Sample(view.page, iso(one.at), quoted.name(one.job), one.change, one.patchset, proofs)


def _reply(one: BugReply) -> answers.BugReply:
    return answers.BugReply(iso(one.at), one.change, quoted.name(one.author), one.judgement, quoted.name(one.bug))


def _group(one: GroupLine) -> answers.Group:
    line, file, job = quoted.line(one.line), quoted.name(one.file), quoted.name(one.job)
    return answers.Group(one.id, one.new, line, file, job, one.jobs, _reach(one.spread))


def _member(one: MemberLine) -> answers.Member:
    job, project = quoted.name(one.job), quoted.name(one.project)
    return answers.Member(one.page, iso(one.at), job, project, one.change, one.patchset)


def _draft(draft: GroupDraft) -> answers.Draft:
    trial = draft.trial
    return answers.Draft(
        quoted.rows(draft.text),
        trial.hits,
        trial.members,
        trial.wrong,
        trial.of_others + trial.of_explained,
        tuple(map(quoted.line, draft.remarks)),
    )
