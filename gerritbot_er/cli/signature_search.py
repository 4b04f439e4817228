"""One search of past builds for the commands: opens the place, shows how far it is, says how long it took."""

import logging
from contextlib import ExitStack

from gerritbot_er.backtest.journal import Journal, journal_name
from gerritbot_er.backtest.judging import Trial
from gerritbot_er.backtest.run import Searched, search
from gerritbot_er.ports import Clock

from .signature_past import Place, cache_folder, open_past
from .signature_progress import Shown


def searched(trial: Trial, place: Place, shown: Shown, clock: Clock, closing: ExitStack) -> Searched:
    """What was found in the builds that the options mean; who is killed here goes on there the next time."""
    logging.getLogger().addHandler(logging.NullHandler())  # else clients' tracebacks stand beside our own words
    began = clock.monotonic()
    store = open_past(place, shown, closing)
    since = clock.now() - place.since if place.since else None
    builds = store.builds(since, place.most)
    with Journal(cache_folder() / "backtest", journal_name(store.name, trial.asked)) as journal:
        found = search(trial, builds, store, journal, lambda done: shown.step("searching", done, len(builds)))
    seconds = clock.monotonic() - began
    earlier = f", {found.kept} of them by an earlier run" if found.kept else ""
    count = "1 build" if len(builds) == 1 else f"{len(builds)} builds"
    nothing = "" if builds else ": there are none such; see whether place, job and time are right"
    shown.say(f"Searched {count} of {store.name} in {seconds:.1f} s{earlier}{nothing}.")
    return found
