"""What is counted of the sightings by hours, days and weeks, so that a long time is not counted build by build.

Triggers keep the counts within the transaction that changes a build, a hit or a run, whoever writes.  Nothing hidden is
in them.  SQL has no procedures: the views here are what triggers call, with ``sign`` 1 for what comes and -1 for what
goes; their own triggers look at all rows but that one, so that both are the same work.

Of jobs, groups and signatures all is counted as well: most of the time is all of it without what lies outside.

Changes hit in any days are counted exactly, though a change may be hit on several: ``day_members`` has for each day how
many were hit on it, by the day of the hit before.  Of those hit between two days, each has one day whose day before
lies before the first of them.
"""

SHARED_BY_MOST = 20
"""Signatures of a build that make pairs: a log that repeats what all of them look for would make half a million."""

_OUTCOMES = {
    "explained": "explained",
    "unexplained": "unexplained",
    "no_logs": "no logs",
    "undecided": "undecided",
    "waiting": "waiting",
}
"""Columns of counts, and the outcomes of builds that they count."""


def _sums(*columns: str) -> str:
    """What follows a conflict: what comes is added to what is there."""
    return "DO UPDATE SET " + ", ".join(f"{column} = {column} + excluded.{column}" for column in columns)


def _each_outcome(form: str) -> str:
    return ", ".join(form.format(column=column, outcome=outcome) for column, outcome in _OUTCOMES.items())


_BUILDS = _sums("builds", "seconds", "resets", *_OUTCOMES, "later")
_SIGNED = _each_outcome("NEW.sign * (NEW.outcome = '{outcome}')")
_SUMMED = _each_outcome("sum(outcome = '{outcome}')")
_COLUMNS = _each_outcome("{column} INTEGER NOT NULL")
_GROUPED = "{row}.outcome = 'unexplained' AND NOT {row}.later AND NOT {row}.hidden AND {row}.group_number IS NOT NULL"

_TABLES = f"""
    CREATE TABLE failed_hours (         -- failed builds by the UTC hour, counted from 1970
        hour INTEGER PRIMARY KEY,
        builds INTEGER NOT NULL,
        seconds INTEGER NOT NULL,     -- that they ran
        resets INTEGER NOT NULL,      -- reports of a gate that failed with them
        {_COLUMNS},
        later INTEGER NOT NULL
    );
    CREATE TABLE job_weeks (            -- by weeks of seven days, counted from 1970
        job INTEGER NOT NULL,
        week INTEGER NOT NULL,
        builds INTEGER NOT NULL,      -- failed ones
        {_COLUMNS},
        PRIMARY KEY (job, week)
    ) WITHOUT ROWID;
    CREATE TABLE job_totals (           -- of all weeks
        job INTEGER PRIMARY KEY,
        builds INTEGER NOT NULL
    );
    CREATE TABLE run_weeks (            -- the same of all runs
        job INTEGER NOT NULL,
        week INTEGER NOT NULL,
        runs INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        PRIMARY KEY (job, week)
    ) WITHOUT ROWID;
    CREATE TABLE wait_weeks (           -- how long builds waited
        what TEXT NOT NULL,           -- "decided" or "logs"
        seconds INTEGER NOT NULL,
        week INTEGER NOT NULL,
        builds INTEGER NOT NULL,
        PRIMARY KEY (what, seconds, week)
    ) WITHOUT ROWID;
    CREATE TABLE group_weeks (          -- unexplained builds
        group_number INTEGER NOT NULL, -- 0: in no group
        week INTEGER NOT NULL,
        builds INTEGER NOT NULL,
        seconds INTEGER NOT NULL,
        PRIMARY KEY (group_number, week)
    ) WITHOUT ROWID;
    CREATE TABLE group_totals (         -- of all weeks
        group_number INTEGER PRIMARY KEY,
        builds INTEGER NOT NULL
    );
    CREATE TABLE hit_days (             -- hits of each signature
        signature INTEGER NOT NULL,
        day INTEGER NOT NULL,
        builds INTEGER NOT NULL,
        gate INTEGER NOT NULL,        -- those of them in a gate
        seconds INTEGER NOT NULL,
        resets INTEGER NOT NULL,
        PRIMARY KEY (signature, day)
    ) WITHOUT ROWID;
    CREATE TABLE hit_totals (           -- of all days
        signature INTEGER PRIMARY KEY,
        builds INTEGER NOT NULL,
        seconds INTEGER NOT NULL,
        resets INTEGER NOT NULL
    );
    CREATE TABLE hit_weeks (            -- hits of each signature by the names where they were
        signature INTEGER NOT NULL,
        what TEXT NOT NULL,           -- "job", "project", "branch", "pipeline", or "" for all of them
        name INTEGER NOT NULL,
        week INTEGER NOT NULL,
        builds INTEGER NOT NULL,
        PRIMARY KEY (what, signature, name, week)
    ) WITHOUT ROWID;
    CREATE TABLE pair_days (            -- builds that two signatures explain, but for those that more than
        one INTEGER NOT NULL,         -- {SHARED_BY_MOST} do
        other INTEGER NOT NULL,
        day INTEGER NOT NULL,
        builds INTEGER NOT NULL,
        PRIMARY KEY (one, other, day)
    ) WITHOUT ROWID;
    CREATE TABLE day_members (          -- of an owner, by the day on which it has them, and the one before of each
        kind INTEGER NOT NULL,        -- 1: changes with failed builds, 2: changes and 3: jobs that a signature hit,
                                      -- 4: changes and 5: jobs of a group of unexplained builds
        owner INTEGER NOT NULL,       -- the signature, the group, or 0
        day INTEGER NOT NULL,
        before INTEGER NOT NULL,      -- -1: none
        members INTEGER NOT NULL,
        PRIMARY KEY (kind, owner, day, before)
    ) WITHOUT ROWID;
    CREATE INDEX day_members_by_day_before ON day_members (kind, owner, before, day, members);

    CREATE INDEX builds_by_project ON builds (project, at);
    CREATE INDEX builds_by_job ON builds (job, at);
    CREATE INDEX grouped_builds_by_time ON builds -- all that the page of a group counts
        (group_number, at, change, job, project, branch, pipeline, seconds, hidden, outcome, later)
        WHERE group_number IS NOT NULL AND outcome = 'unexplained';
    CREATE INDEX grouped_builds_by_job ON builds (group_number, job, at, hidden, later)
        WHERE group_number IS NOT NULL AND outcome = 'unexplained';
    CREATE INDEX hits_by_project ON hits (project, at);
    CREATE INDEX hits_by_job ON hits (job, at);
    CREATE INDEX hits_by_signature_and_change ON hits (signature, change, at, hidden);
    CREATE INDEX hits_by_signature_and_job ON hits (signature, job, at, hidden);
"""


def _met(kind: int, owner: str, member: str, others: str, itself: str) -> str:
    """Tell ``met`` of a member of an owner, where no other row has it on that day.

    ``others`` is the table and the condition by which an owner's rows are found, ``itself`` what tells a row from this.
    """
    rows = f"{others} AND {member} = NEW.{member}"
    return f"""
        INSERT INTO met (sign, kind, owner, day, before, after)
        SELECT NEW.sign, {kind}, {owner}, NEW.at / 86400,
            coalesce((SELECT at {rows} AND at < NEW.at / 86400 * 86400 ORDER BY at DESC LIMIT 1) / 86400, -1),
            (SELECT at {rows} AND at >= (NEW.at / 86400 + 1) * 86400 ORDER BY at LIMIT 1) / 86400
        WHERE NOT EXISTS (
            SELECT 1 {rows} AND at >= NEW.at / 86400 * 86400 AND at < (NEW.at / 86400 + 1) * 86400 AND {itself}
        );
    """


_OTHER_BUILD = "number != NEW.number"
_OTHER_HIT = "build != NEW.build"
_SHOWN = "FROM builds WHERE NOT hidden"
_OF_GROUP = """
    FROM builds INDEXED BY {index}
    WHERE group_number = NEW.group_number AND group_number IS NOT NULL AND outcome = 'unexplained'
    AND NOT later AND NOT hidden
"""
_OF_SIGNATURE = "FROM hits INDEXED BY hits_by_signature_and_{by} WHERE signature = NEW.signature AND NOT hidden"
_COST_OF_HIT = f"""
    NEW.sign * coalesce(NEW.seconds, 0), NEW.sign * (NEW.gate AND NEW.report IS NOT NULL AND NOT EXISTS (
        SELECT 1 {_OF_SIGNATURE.format(by="change")} AND change = NEW.change
        AND at = NEW.at AND report = NEW.report AND gate AND {_OTHER_HIT}
    ))
"""
_OTHERS_OF_BUILD = "FROM hits WHERE build = NEW.build AND signature != NEW.signature AND NOT hidden"

_OF_BUILD = f"SELECT NEW.signature UNION ALL SELECT signature {_OTHERS_OF_BUILD}"

_PROCEDURES = f"""
    CREATE VIEW met AS SELECT 1 AS sign, kind, owner, day, before, 0 AS after FROM day_members;
    CREATE TRIGGER member_met INSTEAD OF INSERT ON met BEGIN
        INSERT INTO day_members VALUES (NEW.kind, NEW.owner, NEW.day, NEW.before, NEW.sign)
        ON CONFLICT {_sums("members")};
        INSERT INTO day_members SELECT NEW.kind, NEW.owner, NEW.after, NEW.before, -NEW.sign
        WHERE NEW.after IS NOT NULL ON CONFLICT {_sums("members")};
        INSERT INTO day_members SELECT NEW.kind, NEW.owner, NEW.after, NEW.day, NEW.sign
        WHERE NEW.after IS NOT NULL ON CONFLICT {_sums("members")};
        DELETE FROM day_members WHERE kind = NEW.kind AND owner = NEW.owner AND day IN (NEW.day, NEW.after)
        AND before IN (NEW.before, NEW.day) AND members = 0;
    END;

    CREATE VIEW shown_builds AS SELECT 1 AS sign, number, at, change FROM builds;
    CREATE TRIGGER build_shown INSTEAD OF INSERT ON shown_builds BEGIN
        {_met(1, "0", "change", _SHOWN, _OTHER_BUILD)}
    END;

    CREATE VIEW grouped_builds AS SELECT 1 AS sign, number, at, group_number, change, job FROM builds;
    CREATE TRIGGER build_grouped INSTEAD OF INSERT ON grouped_builds BEGIN
        {_met(4, "NEW.group_number", "change", _OF_GROUP.format(index="builds_by_change"), _OTHER_BUILD)}
        {_met(5, "NEW.group_number", "job", _OF_GROUP.format(index="grouped_builds_by_job"), _OTHER_BUILD)}
    END;

    CREATE VIEW counted_builds AS SELECT 1 AS sign, * FROM builds;
    CREATE TRIGGER build_counted INSTEAD OF INSERT ON counted_builds BEGIN
        INSERT INTO failed_hours VALUES (
            NEW.at / 3600, NEW.sign, NEW.sign * coalesce(NEW.seconds, 0),
            NEW.sign * (NEW.gate AND NEW.report IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM builds WHERE change = NEW.change AND at = NEW.at AND report = NEW.report
                AND gate AND NOT hidden AND {_OTHER_BUILD}
            )),
            {_SIGNED}, NEW.sign * NEW.later
        ) ON CONFLICT {_BUILDS};
        DELETE FROM failed_hours WHERE hour = NEW.at / 3600 AND builds = 0;
        INSERT INTO job_weeks VALUES (NEW.job, NEW.at / 604800, NEW.sign, {_SIGNED})
        ON CONFLICT {_sums("builds", *_OUTCOMES)};
        DELETE FROM job_weeks WHERE job = NEW.job AND week = NEW.at / 604800 AND builds = 0;
        INSERT INTO job_totals VALUES (NEW.job, NEW.sign) ON CONFLICT {_sums("builds")};
        DELETE FROM job_totals WHERE job = NEW.job AND builds = 0;
        INSERT INTO wait_weeks SELECT 'decided', CAST(NEW.decided_after AS INTEGER), NEW.at / 604800, NEW.sign
        WHERE NEW.decided_after IS NOT NULL ON CONFLICT {_sums("builds")};
        INSERT INTO wait_weeks SELECT 'logs', CAST(NEW.logs_after AS INTEGER), NEW.at / 604800, NEW.sign
        WHERE NEW.logs_after IS NOT NULL ON CONFLICT {_sums("builds")};
        DELETE FROM wait_weeks WHERE what = 'decided' AND seconds = CAST(NEW.decided_after AS INTEGER)
        AND week = NEW.at / 604800 AND builds = 0;
        DELETE FROM wait_weeks WHERE what = 'logs' AND seconds = CAST(NEW.logs_after AS INTEGER)
        AND week = NEW.at / 604800 AND builds = 0;
        INSERT INTO group_weeks
        SELECT coalesce(NEW.group_number, 0), NEW.at / 604800, NEW.sign, NEW.sign * coalesce(NEW.seconds, 0)
        WHERE NEW.outcome = 'unexplained' AND NOT NEW.later ON CONFLICT {_sums("builds", "seconds")};
        DELETE FROM group_weeks
        WHERE group_number = coalesce(NEW.group_number, 0) AND week = NEW.at / 604800 AND builds = 0;
        INSERT INTO group_totals SELECT coalesce(NEW.group_number, 0), NEW.sign
        WHERE NEW.outcome = 'unexplained' AND NOT NEW.later ON CONFLICT {_sums("builds")};
        DELETE FROM group_totals WHERE group_number = coalesce(NEW.group_number, 0) AND builds = 0;
    END;

    CREATE VIEW counted_hits AS SELECT 1 AS sign, * FROM hits;
    CREATE TRIGGER hit_counted INSTEAD OF INSERT ON counted_hits BEGIN
        INSERT INTO hit_days VALUES (
            NEW.signature, NEW.at / 86400, NEW.sign, NEW.sign * NEW.gate, {_COST_OF_HIT}
        ) ON CONFLICT {_sums("builds", "gate", "seconds", "resets")};
        DELETE FROM hit_days WHERE signature = NEW.signature AND day = NEW.at / 86400 AND builds = 0;
        INSERT INTO hit_totals VALUES (NEW.signature, NEW.sign, {_COST_OF_HIT})
        ON CONFLICT {_sums("builds", "seconds", "resets")};
        DELETE FROM hit_totals WHERE signature = NEW.signature AND builds = 0;
        INSERT INTO hit_weeks VALUES
            (NEW.signature, '', 0, NEW.at / 604800, NEW.sign),
            (NEW.signature, 'job', NEW.job, NEW.at / 604800, NEW.sign),
            (NEW.signature, 'project', NEW.project, NEW.at / 604800, NEW.sign),
            (NEW.signature, 'branch', NEW.branch, NEW.at / 604800, NEW.sign),
            (NEW.signature, 'pipeline', NEW.pipeline, NEW.at / 604800, NEW.sign)
        ON CONFLICT {_sums("builds")};
        DELETE FROM hit_weeks WHERE signature = NEW.signature AND (what, name) IN (VALUES
            ('', 0), ('job', NEW.job), ('project', NEW.project), ('branch', NEW.branch), ('pipeline', NEW.pipeline)
        ) AND week = NEW.at / 604800 AND builds = 0;
        INSERT INTO pair_days
        SELECT min(signature, NEW.signature), max(signature, NEW.signature), NEW.at / 86400, NEW.sign
        {_OTHERS_OF_BUILD} AND (SELECT count(*) {_OTHERS_OF_BUILD}) < {SHARED_BY_MOST} ON CONFLICT {_sums("builds")};
        INSERT INTO pair_days
        SELECT hits.signature, another.signature, NEW.at / 86400, -NEW.sign
        FROM hits JOIN hits AS another ON another.build = hits.build AND another.signature > hits.signature
        WHERE hits.build = NEW.build AND hits.signature != NEW.signature AND another.signature != NEW.signature
        AND NOT hits.hidden AND NOT another.hidden
        AND (SELECT count(*) {_OTHERS_OF_BUILD}) = {SHARED_BY_MOST} ON CONFLICT {_sums("builds")};
        DELETE FROM pair_days WHERE one IN ({_OF_BUILD}) AND other IN ({_OF_BUILD}) AND day = NEW.at / 86400
        AND builds = 0;
        {_met(2, "NEW.signature", "change", _OF_SIGNATURE.format(by="change"), _OTHER_HIT)}
        {_met(3, "NEW.signature", "job", _OF_SIGNATURE.format(by="job"), _OTHER_HIT)}
    END;

    CREATE VIEW counted_runs AS SELECT 1 AS sign, job, day, runs, failed FROM runs;
    CREATE TRIGGER run_counted INSTEAD OF INSERT ON counted_runs BEGIN
        INSERT INTO run_weeks VALUES (NEW.job, NEW.day / 7, NEW.sign * NEW.runs, NEW.sign * NEW.failed)
        ON CONFLICT {_sums("runs", "failed")};
        DELETE FROM run_weeks WHERE job = NEW.job AND week = NEW.day / 7 AND runs = 0;
    END;
"""  # noqa: S608 - ours


def _called(view: str, columns: str, sign: int, row: str, where: str) -> str:
    """Tell a view of a row that comes or goes."""
    values = ", ".join(f"{row}.{column}" for column in columns.split(", "))
    return f"INSERT INTO {view} (sign, {columns}) SELECT {sign}, {values} WHERE {where.format(row=row)};"


def _watched(view: str, table: str, columns: str, when: str, where: str) -> str:
    """The triggers that tell a view of all that comes to a table and goes from it, or changes in the columns ``when``.

    ``where`` is which rows count.
    """
    comes, goes = _called(view, columns, 1, "NEW", where), _called(view, columns, -1, "OLD", where)
    return f"""
        CREATE TRIGGER {view}_come AFTER INSERT ON {table} BEGIN {comes} END;
        CREATE TRIGGER {view}_go AFTER DELETE ON {table} BEGIN {goes} END;
        CREATE TRIGGER {view}_change AFTER UPDATE OF {when} ON {table} BEGIN {goes} {comes} END;
    """


_BUILD = "number, report, at, job, change, seconds, gate, outcome, later, group_number, decided_after, logs_after"
_HIT = "build, signature, at, job, project, branch, pipeline, change, report, seconds, gate"
_WATCHED = "".join(
    (
        _watched(
            "counted_builds",
            "builds",
            _BUILD,
            "hidden, outcome, later, group_number, decided_after, logs_after",
            "NOT {row}.hidden",
        ),
        _watched("shown_builds", "builds", "number, at, change", "hidden", "NOT {row}.hidden"),
        _watched(
            "grouped_builds",
            "builds",
            "number, at, group_number, change, job",
            "hidden, outcome, later, group_number",
            _GROUPED,
        ),
        _watched("counted_hits", "hits", _HIT, "hidden", "NOT {row}.hidden"),
        _watched("counted_runs", "runs", "job, day, runs, failed", "hidden, runs, failed", "NOT {row}.hidden"),
    )
)


def _members(kind: int, owner: str, member: str, rows: str) -> str:
    return f"""
        INSERT INTO day_members SELECT {kind}, owner, day, before, count(*) FROM (
            SELECT owner, day, coalesce(lag(day) OVER (PARTITION BY owner, member ORDER BY day), -1) AS before
            FROM (SELECT DISTINCT {owner} AS owner, {member} AS member, at / 86400 AS day {rows})
        ) GROUP BY owner, day, before;
    """  # noqa: S608 - ours


_ALL_GROUPED = f"FROM builds WHERE {_GROUPED.format(row='builds')}"
_ALL_HITS = "FROM hits WHERE NOT hidden"

COUNT_ALL = f"""
    INSERT INTO failed_hours SELECT at / 3600, count(*), sum(coalesce(seconds, 0)),
        count(DISTINCT CASE WHEN gate THEN report END), {_SUMMED}, sum(later) {_SHOWN} GROUP BY 1;
    INSERT INTO job_weeks SELECT job, at / 604800, count(*), {_SUMMED} {_SHOWN} GROUP BY 1, 2;
    INSERT INTO job_totals SELECT job, sum(builds) FROM job_weeks GROUP BY 1;
    INSERT INTO run_weeks SELECT job, day / 7, sum(runs), sum(failed) FROM runs WHERE NOT hidden GROUP BY 1, 2;
    INSERT INTO wait_weeks SELECT 'decided', CAST(decided_after AS INTEGER), at / 604800, count(*) {_SHOWN}
        AND decided_after IS NOT NULL GROUP BY 2, 3;
    INSERT INTO wait_weeks SELECT 'logs', CAST(logs_after AS INTEGER), at / 604800, count(*) {_SHOWN}
        AND logs_after IS NOT NULL GROUP BY 2, 3;
    INSERT INTO group_weeks SELECT coalesce(group_number, 0), at / 604800, count(*), sum(coalesce(seconds, 0)) {_SHOWN}
        AND outcome = 'unexplained' AND NOT later GROUP BY 1, 2;
    INSERT INTO group_totals SELECT group_number, sum(builds) FROM group_weeks GROUP BY 1;
    INSERT INTO hit_days SELECT signature, at / 86400, count(*), sum(gate), sum(coalesce(seconds, 0)),
        count(DISTINCT CASE WHEN gate THEN report END) {_ALL_HITS} GROUP BY 1, 2;
    INSERT INTO hit_totals SELECT signature, sum(builds), sum(seconds), sum(resets) FROM hit_days GROUP BY 1;
    INSERT INTO hit_weeks SELECT signature, '', 0, at / 604800, count(*) {_ALL_HITS} GROUP BY 1, 4;
    INSERT INTO hit_weeks SELECT signature, 'job', job, at / 604800, count(*) {_ALL_HITS} GROUP BY 1, 3, 4;
    INSERT INTO hit_weeks SELECT signature, 'project', project, at / 604800, count(*) {_ALL_HITS} GROUP BY 1, 3, 4;
    INSERT INTO hit_weeks SELECT signature, 'branch', branch, at / 604800, count(*) {_ALL_HITS} GROUP BY 1, 3, 4;
    INSERT INTO hit_weeks SELECT signature, 'pipeline', pipeline, at / 604800, count(*) {_ALL_HITS} GROUP BY 1, 3, 4;
    INSERT INTO pair_days SELECT hits.signature, another.signature, hits.at / 86400, count(*)
        FROM (
            SELECT build {_ALL_HITS} GROUP BY build HAVING count(*) BETWEEN 2 AND {SHARED_BY_MOST}
        ) AS shared
        JOIN hits ON hits.build = shared.build
        JOIN hits AS another ON another.build = hits.build AND another.signature > hits.signature
        WHERE NOT hits.hidden AND NOT another.hidden GROUP BY 1, 2, 3;
    {_members(1, "0", "change", _SHOWN)}
    {_members(2, "signature", "change", _ALL_HITS)}
    {_members(3, "signature", "job", _ALL_HITS)}
    {_members(4, "group_number", "change", _ALL_GROUPED)}
    {_members(5, "group_number", "job", _ALL_GROUPED)}
"""  # noqa: S608 - ours
"""Counts all that is there; the tables have to be empty."""

ROLLUPS = f"{_TABLES}{_PROCEDURES}{_WATCHED}{COUNT_ALL.rstrip().rstrip(';')}"
"""The step that makes them, of a file that may have sightings already."""
