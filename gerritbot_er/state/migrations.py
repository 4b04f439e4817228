"""The steps of the state files' schemas; a step that was released is never changed, a new one is added."""

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
)

SIGHTINGS = (
    """
    CREATE TABLE reports (
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL,            -- of its builds, or, where it has none, of its text: then together with "at"
        at INTEGER NOT NULL,          -- the server's second of the report
        project TEXT NOT NULL,
        change INTEGER NOT NULL,
        patchset INTEGER NOT NULL,
        ci TEXT NOT NULL,
        pipeline TEXT,
        failed INTEGER NOT NULL,
        private INTEGER NOT NULL,
        builds TEXT NOT NULL          -- [job, result, voting, uuid, elapsed] of each, as JSON
    );
    CREATE INDEX reports_by_key ON reports (key);
    CREATE INDEX reports_by_time ON reports (at);

    CREATE TABLE matches (
        key TEXT NOT NULL,            -- the report's
        at INTEGER NOT NULL,          -- the report's
        build TEXT NOT NULL,
        job TEXT NOT NULL,
        outcome TEXT NOT NULL,
        signature TEXT NOT NULL,      -- "" where none hit
        line TEXT,
        file TEXT,
        UNIQUE (key, at, build, signature)
    );
    CREATE INDEX matches_by_time ON matches (at)
    """,
)
