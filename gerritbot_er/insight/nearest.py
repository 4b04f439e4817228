"""Which known name somebody may have meant who wrote one that is not known.  Pure."""

import difflib
from collections.abc import Collection


def nearest(name: str, known: Collection[str]) -> str | None:
    """The shortest that has what was written in it, such as "nova" in "openstack/nova", else the one most like it."""
    folded = {one.casefold(): one for one in sorted(known, reverse=True) if one}
    wanted = name.casefold()
    within = [one for one in folded if wanted in one]
    near = [min(within, key=lambda one: (len(one), one))] if within else difflib.get_close_matches(wanted, folded, n=1)
    return folded[near[0]] if near else None
