"""The steps of the state files' schemas; a step that was released is never changed, a new one is added."""

from .rollups import ROLLUPS

STATE = (
    """
    CREATE TABLE cases (
        id TEXT PRIMARY KEY,
        key TEXT NOT NULL,
        at INTEGER NOT NULL,          -- the server's second of the report
        change INTEGER NOT NULL,
        patchset INTEGER NOT NULL,
        project TEXT NOT NULL,
        opened_at REAL NOT NULL,      -- UTC seconds of receipt here
        document TEXT NOT NULL,       -- the case, as JSON
        stage TEXT NOT NULL,          -- open | done
        outcome TEXT,                 -- the verdict's summary
        said TEXT,                    -- what was said, or why not
        held INTEGER NOT NULL DEFAULT 0,  -- whether a limit kept a comment back
        verdict TEXT                  -- as JSON
    );
    CREATE INDEX cases_by_key ON cases (key);
    CREATE INDEX cases_by_change ON cases (change, patchset);
    CREATE INDEX open_cases ON cases (opened_at) WHERE stage = 'open';
    CREATE INDEX done_cases ON cases (opened_at) WHERE stage = 'done';
    CREATE INDEX held_cases ON cases (opened_at) WHERE held;

    CREATE TABLE outbox (
        number INTEGER PRIMARY KEY,
        case_id TEXT NOT NULL REFERENCES cases (id),
        sink TEXT NOT NULL,           -- gerrit | irc:CHANNEL
        part INTEGER NOT NULL,        -- 1 the comment, 2 the follow-up
        change INTEGER NOT NULL,
        patchset INTEGER NOT NULL,
        bugs TEXT NOT NULL,           -- signature names, as JSON
        body TEXT NOT NULL,
        token TEXT NOT NULL,          -- the comment's last line's proof; "" for IRC
        stage TEXT NOT NULL,          -- pending | sending | sent | failed | withheld
        why TEXT,
        created_at REAL NOT NULL,
        changed_at REAL NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        UNIQUE (case_id, sink, part)
    );
    CREATE INDEX outbox_at_work ON outbox (number) WHERE stage IN ('pending', 'sending');
    CREATE INDEX outbox_by_change ON outbox (change, patchset);
    CREATE INDEX outbox_by_time ON outbox (created_at);

    CREATE TABLE changes (
        number INTEGER PRIMARY KEY,
        patchset INTEGER NOT NULL,    -- the newest seen
        open INTEGER NOT NULL,
        seen_at INTEGER NOT NULL      -- the server's second of what was seen last
    );
    CREATE INDEX changes_by_time ON changes (seen_at);

    CREATE TABLE marks (
        name TEXT PRIMARY KEY,        -- cursor
        at INTEGER NOT NULL
    );

    CREATE TABLE brakes (
        name TEXT PRIMARY KEY,        -- "pause", or "mute SIGNATURE"
        until REAL                    -- UTC seconds; NULL: until taken off
    );

    CREATE TABLE workers (
        name TEXT PRIMARY KEY,        -- a dependency, such as stream or "log store cluster"
        state TEXT NOT NULL,          -- working | connecting | degraded | misconfigured
        since REAL NOT NULL,
        why TEXT NOT NULL,
        next_try REAL                 -- UTC seconds; NULL: nothing is waited for
    );

    CREATE TABLE counters (
        name TEXT PRIMARY KEY,
        count INTEGER NOT NULL,       -- since the daemon's start
        last_at REAL                  -- UTC seconds of the last one
    )
    """,
    """
    CREATE TABLE outages (
        number INTEGER PRIMARY KEY,
        failure TEXT NOT NULL,        -- the name of a signature, or the id of a group of unexplained failures
        known INTEGER NOT NULL,       -- which of the two
        since INTEGER NOT NULL,       -- the server's seconds of its first and its last hit
        last INTEGER NOT NULL,
        changes INTEGER NOT NULL,     -- that it hit
        line TEXT NOT NULL,           -- of a log, that tells of an unexplained one
        told TEXT NOT NULL,           -- the channels that heard that it began, as a JSON list
        case_id TEXT NOT NULL REFERENCES cases (id), -- of its last hit: its notices are that case's
        ended_at REAL                 -- UTC seconds; NULL while it lasts
    );
    CREATE UNIQUE INDEX current_outages ON outages (known, failure) WHERE ended_at IS NULL;
    CREATE INDEX ended_outages ON outages (ended_at) WHERE ended_at IS NOT NULL;
    CREATE INDEX outages_by_case ON outages (case_id)
    """,
    """
    -- The server's last second at which a change is known to have been private; NULL: never.
    ALTER TABLE changes ADD COLUMN private_at INTEGER;
    CREATE INDEX private_changes ON changes (number) WHERE private_at IS NOT NULL;
    INSERT INTO changes (number, patchset, open, seen_at, private_at)
    SELECT change, max(patchset), 1, max(at), max(at) FROM cases WHERE json_extract(document, '$.report.change.private')
    GROUP BY change ON CONFLICT (number) DO UPDATE SET private_at = excluded.private_at
    """,
)

SIGHTINGS = (
    """
    CREATE TABLE names (                -- of CIs, projects, branches, pipelines ("": none), jobs, results, signatures
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    );

    CREATE TABLE marks (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    );

    CREATE TABLE reports (
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL,            -- of its builds, or, where it has none, of its text: then together with "at"
        at INTEGER NOT NULL,          -- the server's second of the report
        ci INTEGER NOT NULL,
        project INTEGER NOT NULL,
        branch INTEGER NOT NULL,
        pipeline INTEGER NOT NULL,
        change INTEGER NOT NULL,
        patchset INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        gate INTEGER NOT NULL,        -- whether it failed in a pipeline whose other changes then begin anew
        private INTEGER NOT NULL,
        hidden INTEGER NOT NULL,      -- whether no page may tell of it: private, or of a project that is not public
        same INTEGER                  -- what its builds share with a report of them on another change; NULL without ids
    );
    CREATE INDEX reports_by_key ON reports (key);
    CREATE INDEX reports_by_time ON reports (at);
    CREATE INDEX reports_by_change ON reports (change, at);
    CREATE INDEX reports_by_builds ON reports (same) WHERE same IS NOT NULL;

    CREATE TABLE runs (                 -- how often each job ran, a build that is reported on several changes once;
                                      -- not for private changes
        day INTEGER NOT NULL,         -- the UTC day, counted from 1970
        job INTEGER NOT NULL,
        project INTEGER NOT NULL,
        branch INTEGER NOT NULL,
        pipeline INTEGER NOT NULL,
        hidden INTEGER NOT NULL,
        runs INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        seconds INTEGER NOT NULL,
        PRIMARY KEY (day, job, project, branch, pipeline)
    ) WITHOUT ROWID;

    CREATE TABLE builds (               -- the failed ones, each once
        number INTEGER PRIMARY KEY,
        identity TEXT NOT NULL UNIQUE, -- as written, or, where only a job's name is, the report's key and the name
        report INTEGER,
        at INTEGER NOT NULL,          -- the report's
        ci INTEGER NOT NULL,
        job INTEGER NOT NULL,
        project INTEGER NOT NULL,
        branch INTEGER NOT NULL,
        pipeline INTEGER NOT NULL,
        change INTEGER NOT NULL,
        patchset INTEGER NOT NULL,
        result INTEGER NOT NULL,
        voting INTEGER NOT NULL,
        seconds INTEGER,              -- that it ran; NULL where the report does not tell
        gate INTEGER NOT NULL,
        hidden INTEGER NOT NULL,
        outcome TEXT NOT NULL,        -- as model.Outcome
        decided_after REAL,           -- seconds from the report's receipt to the verdict
        group_number INTEGER,         -- the group of unexplained failures that it belongs to
        later INTEGER NOT NULL DEFAULT 0, -- whether a signature that came later explained it
        logs_after REAL               -- seconds from the report's receipt until its logs were seen to be whole
    );
    CREATE INDEX builds_by_time ON builds (at);
    CREATE INDEX builds_by_change ON builds (change, at);
    CREATE INDEX builds_by_group ON builds (group_number, at) WHERE group_number IS NOT NULL;
    CREATE INDEX unexplained_builds ON builds -- all that the list of groups is made of
        (at, group_number, change, job, project, branch, pipeline, seconds, hidden, later)
        WHERE outcome = 'unexplained';

    CREATE TABLE hits (                 -- what explained a build
        build INTEGER NOT NULL,
        signature INTEGER NOT NULL,
        at INTEGER NOT NULL,          -- from here on the build's own columns
        job INTEGER NOT NULL,
        project INTEGER NOT NULL,
        branch INTEGER NOT NULL,
        pipeline INTEGER NOT NULL,
        change INTEGER NOT NULL,
        report INTEGER,
        seconds INTEGER,
        gate INTEGER NOT NULL,
        hidden INTEGER NOT NULL,
        later INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (build, signature)
    ) WITHOUT ROWID;
    CREATE INDEX hits_by_time ON hits (at, hidden);
    CREATE INDEX hits_by_signature ON hits (signature, at);

    CREATE TABLE evidence (
        build INTEGER NOT NULL,
        signature INTEGER NOT NULL,
        at INTEGER NOT NULL,
        match TEXT NOT NULL,          -- model.Match as JSON
        PRIMARY KEY (build, signature)
    ) WITHOUT ROWID;
    CREATE INDEX evidence_by_time ON evidence (at);

    CREATE TABLE telling (              -- the lines of unexplained builds
        build INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        lines TEXT NOT NULL,          -- model.Evidence of each as JSON
        places TEXT NOT NULL          -- of those that tell most, that one first, as a JSON list
    );
    CREATE INDEX telling_by_time ON telling (at);

    CREATE TABLE failure_groups (       -- groups of unexplained failures that are alike
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,      -- 12 hex digits
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        traits TEXT NOT NULL          -- what tells it from others, as JSON
    );
    CREATE INDEX failure_groups_by_time ON failure_groups (last_at);

    CREATE TABLE group_marks (          -- by which groups that may be like a failure are found
        mark INTEGER NOT NULL,        -- of a line, as insight/likeness.py makes them
        group_number INTEGER NOT NULL,
        members INTEGER NOT NULL,     -- of the group, that have such a line
        PRIMARY KEY (mark, group_number)
    ) WITHOUT ROWID;
    CREATE INDEX group_marks_by_group ON group_marks (group_number);

    CREATE TABLE mark_totals (          -- of each mark: it would take as long to count as there are groups
        mark INTEGER PRIMARY KEY,
        members INTEGER NOT NULL,     -- of all groups together
        most INTEGER NOT NULL         -- of the group with the most
    );
    CREATE TRIGGER mark_came AFTER INSERT ON group_marks BEGIN
        INSERT INTO mark_totals VALUES (NEW.mark, NEW.members, NEW.members) ON CONFLICT (mark) DO UPDATE
        SET members = members + NEW.members, most = max(most, NEW.members);
    END;
    CREATE TRIGGER mark_grew AFTER UPDATE ON group_marks WHEN NEW.members >= OLD.members BEGIN
        UPDATE mark_totals SET members = members + NEW.members - OLD.members, most = max(most, NEW.members)
        WHERE mark = NEW.mark;
    END;
    CREATE TRIGGER mark_shrank AFTER UPDATE ON group_marks WHEN NEW.members < OLD.members BEGIN
        UPDATE mark_totals SET members = members + NEW.members - OLD.members WHERE mark = NEW.mark;
        UPDATE mark_totals SET most = (SELECT max(members) FROM group_marks WHERE mark = NEW.mark)
        WHERE mark = NEW.mark AND most = OLD.members;
    END;
    CREATE TRIGGER mark_went AFTER DELETE ON group_marks BEGIN
        UPDATE mark_totals SET members = members - OLD.members WHERE mark = OLD.mark;
        DELETE FROM mark_totals WHERE mark = OLD.mark AND members = 0;
        UPDATE mark_totals SET most = (SELECT max(members) FROM group_marks WHERE mark = OLD.mark)
        WHERE mark = OLD.mark AND most = OLD.members;
    END;

    CREATE TABLE successes (            -- a few builds of each job that did not fail lately
        ci INTEGER NOT NULL,
        project INTEGER NOT NULL,
        job INTEGER NOT NULL,
        at INTEGER NOT NULL,
        build TEXT NOT NULL           -- model.Build as JSON
    );
    CREATE INDEX successes_by_job ON successes (ci, project, job, at);

    CREATE TABLE replies (              -- what people answered to comments of ours
        change INTEGER NOT NULL,
        patchset INTEGER NOT NULL,
        project INTEGER NOT NULL,
        author TEXT NOT NULL,
        at INTEGER NOT NULL,
        judgement TEXT NOT NULL,      -- as model.Judgement
        bug TEXT NOT NULL,            -- "" where none was named
        case_id TEXT,                 -- of the comment that was answered, where it is known
        signatures TEXT NOT NULL,     -- which that comment spoke of, as a JSON list
        hidden INTEGER NOT NULL,
        UNIQUE (change, patchset, author, judgement, bug, at)
    );
    CREATE INDEX replies_by_time ON replies (at);

    CREATE TABLE bugs (                 -- what trackers say
        url TEXT PRIMARY KEY,
        title TEXT,
        state TEXT,
        closed INTEGER,
        fixed INTEGER,
        seen_at REAL,                 -- UTC seconds of the last answer
        tried_at REAL NOT NULL,
        why TEXT                      -- why the last try gave nothing
    )
    """,
    """
    CREATE TABLE trials (               -- how far each signature was run over past builds, and what came of it
        signature INTEGER NOT NULL,
        store TEXT NOT NULL,          -- the log store whose CIs' builds these are
        digest TEXT NOT NULL,         -- of what the signature asks
        below INTEGER NOT NULL,       -- failed builds of a lower number are still to be searched; 0: none is
        beyond INTEGER NOT NULL,      -- successful ones after this place are
        failed INTEGER NOT NULL DEFAULT 0, -- failed builds whose logs were searched, and how many of them it hit
        failed_hits INTEGER NOT NULL DEFAULT 0,
        lines INTEGER NOT NULL DEFAULT 0, -- failed builds of which only the lines were left that tell why
        line_hits INTEGER NOT NULL DEFAULT 0,
        good INTEGER NOT NULL DEFAULT 0, -- successful builds
        good_hits INTEGER NOT NULL DEFAULT 0,
        at REAL NOT NULL,             -- UTC seconds of the last of it
        PRIMARY KEY (signature, store)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE unsent (               -- the decided builds that a cluster does not have as they are now
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- another one each time that the build changes
        build INTEGER NOT NULL UNIQUE
    );

    -- That a build is to be sent stands in the commit that changes it, whoever does; only where the mark says where to.
    CREATE TRIGGER judged_unsent AFTER UPDATE OF outcome, later, group_number ON builds
    WHEN NOT NEW.hidden AND EXISTS (SELECT 1 FROM marks WHERE name = 'export') BEGIN
        DELETE FROM unsent WHERE build = NEW.number;
        INSERT INTO unsent (build) VALUES (NEW.number);
    END;
    CREATE TRIGGER hidden_unsent AFTER UPDATE OF hidden ON builds
    WHEN NEW.hidden != OLD.hidden AND EXISTS (SELECT 1 FROM marks WHERE name = 'export') BEGIN
        DELETE FROM unsent WHERE build = NEW.number;
        INSERT INTO unsent (build) VALUES (NEW.number);
    END;
    CREATE TRIGGER hit_unsent AFTER INSERT ON hits
    WHEN NOT NEW.hidden AND EXISTS (SELECT 1 FROM marks WHERE name = 'export') BEGIN
        DELETE FROM unsent WHERE build = NEW.build;
        INSERT INTO unsent (build) VALUES (NEW.build);
    END;
    CREATE TRIGGER taken_back_unsent AFTER DELETE ON hits
    WHEN OLD.later AND NOT OLD.hidden AND EXISTS (SELECT 1 FROM marks WHERE name = 'export') BEGIN
        DELETE FROM unsent WHERE build = OLD.build;
        INSERT INTO unsent (build) VALUES (OLD.build);
    END;
    CREATE TRIGGER gone_unsent AFTER DELETE ON builds BEGIN
        DELETE FROM unsent WHERE build = OLD.number;
    END
    """,
    """
    CREATE TABLE private_changes (      -- of which nothing is told that is of this second or before
        change INTEGER PRIMARY KEY,
        at INTEGER NOT NULL           -- the server's last second at which it is known to have been private
    );
    INSERT INTO private_changes SELECT change, max(at) FROM reports WHERE private GROUP BY change
    """,
    ROLLUPS,
    "CREATE INDEX hits_found_later ON hits (at, signature) WHERE later AND NOT hidden",
)
