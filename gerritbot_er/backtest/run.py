"""One backtest: all signatures asked of all past builds, but for what an earlier run has found already."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .journal import Journal, key
from .judging import Judge, Seen, Trial
from .past import PastBuild, PastBuilds


@dataclass(frozen=True, slots=True)
class Searched:
    """What was found ``where`` in each build, in the order of their ends; ``kept`` answers are of an earlier run."""

    seen: Sequence[Seen]
    kept: int
    where: str


def search(
    trial: Trial, builds: Sequence[PastBuild], store: PastBuilds, journal: Journal, done: Callable[[int], None]
) -> Searched:
    """Ask the store; ``done`` is told how many builds are, at the beginning and after each.

    Raises as the store does; what was found until then is in the journal.
    """
    answers = {key(past): journal.done[key(past)] for past in builds if key(past) in journal.done}
    kept = len(answers)
    done(kept)
    for past, answer in store.match(trial.asked, [past for past in builds if key(past) not in answers]):
        if store.lasting or not answer.partial:
            journal.add(past, answer)
        answers[key(past)] = answer
        done(len(answers))
    judge = Judge(trial)
    seen = [judge.see(past, answers[key(past)]) for past in builds if key(past) in answers]
    return Searched(seen, kept, store.name)
