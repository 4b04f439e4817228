"""SQL of sums over many weeks or days for all of a kind: jobs, groups or signatures.

Of most that there are it is quicker to take what is counted of all, without the few that are not asked for.
"""

ENDS = {"week": (":first_week", ":end_week"), "day": (":first", ":end")}
"""Where what is asked for begins and ends, as in ``WholeDays.values``."""


def sums(of: str, key: str, unit: str, *columns: str) -> dict[bool, str]:
    """A row for each key, of the table ``<of>_<unit>s``; True: for most of the time, by way of ``<of>_totals``.

    The latter has a row of zeros for a key that has nothing in this time.
    """
    (first, end), parts = ENDS[unit], f"{of}_{unit}s"
    inside = ", ".join(f"sum({column}) AS {column}" for column in columns)
    outside = f"coalesce((SELECT sum({{column}}) FROM {parts} WHERE {key} = totals.{key} AND {unit} {{when}}), 0)"  # noqa: S608 - ours
    without = ", ".join(
        f"{column} - {outside.format(column=f'{parts}.{column}', when=f'< {first}')}"
        f" - {outside.format(column=f'{parts}.{column}', when=f'>= {end}')} AS {column}"
        for column in columns
    )
    return {
        False: f"SELECT {key}, {inside} FROM {parts} WHERE {unit} >= {first} AND {unit} < {end} GROUP BY {key}",  # noqa: S608 - ours
        True: f"SELECT {key}, {without} FROM {of}_totals AS totals",  # noqa: S608 - ours
    }
