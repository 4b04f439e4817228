-- A state file of step 2, which knew outages; never changed.
BEGIN TRANSACTION;
CREATE TABLE brakes (
        name TEXT PRIMARY KEY,        -- "pause", or "mute SIGNATURE"
        until REAL                    -- UTC seconds; NULL: until taken off
    );
INSERT INTO "brakes" VALUES('pause',NULL);
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
INSERT INTO "cases" VALUES('000000000001','builds:0000000000000000000000000000000000000000000000000000000000000001',1763700001,1,2,'openstack/nova',1763700001.0,'{"id":"000000000001","key":"builds:0000000000000000000000000000000000000000000000000000000000000001","report":{"ci":"zuul","change":{"number":1,"project":"openstack/nova","branch":"master","url":"","subject":"a subject","owner":"","private":false,"open":true},"patchset":2,"at":1763700001,"builds":[],"failed":true,"digest":"0000000000000000000000000000000000000000000000000000000000000001","pipeline":null,"buildset":null,"reason":null,"truncated":false},"opened_at":1763700001.0}','done','explained','comment',0,'{"case":{"id":"000000000001","key":"builds:0000000000000000000000000000000000000000000000000000000000000001","report":{"ci":"zuul","change":{"number":1,"project":"openstack/nova","branch":"master","url":"","subject":"a subject","owner":"","private":false,"open":true},"patchset":2,"at":1763700001,"builds":[],"failed":true,"digest":"0000000000000000000000000000000000000000000000000000000000000001","pipeline":null,"buildset":null,"reason":null,"truncated":false},"opened_at":1763700001.0},"builds":[{"build":{"identity":"00000000000000000000000000000001","job":"unit-tests","result":"FAILURE","ci":"zuul","project":"openstack/nova","branch":"master","change":1,"patchset":2,"reported_at":1763700001,"pipeline":null,"uuid":null,"web_url":null,"log_urls":[],"detail":null,"elapsed":null,"voting":true,"attempt_uuids":[]},"outcome":"explained","bugs":[{"signature":"disk-full","evidence":null}],"notes":[]}]}');
INSERT INTO "cases" VALUES('000000000002','builds:0000000000000000000000000000000000000000000000000000000000000002',1763700002,2,2,'openstack/nova',1763700002.0,'{"id":"000000000002","key":"builds:0000000000000000000000000000000000000000000000000000000000000002","report":{"ci":"zuul","change":{"number":2,"project":"openstack/nova","branch":"master","url":"","subject":"a subject","owner":"","private":false,"open":true},"patchset":2,"at":1763700002,"builds":[],"failed":true,"digest":"0000000000000000000000000000000000000000000000000000000000000002","pipeline":null,"buildset":null,"reason":null,"truncated":false},"opened_at":1763700002.0}','open',NULL,NULL,0,NULL);
INSERT INTO "cases" VALUES('000000000003','builds:0000000000000000000000000000000000000000000000000000000000000003',1763700003,3,2,'openstack/nova',1763700003.0,'{"id":"000000000003","key":"builds:0000000000000000000000000000000000000000000000000000000000000003","report":{"ci":"zuul","change":{"number":3,"project":"openstack/nova","branch":"master","url":"","subject":"a subject","owner":"","private":true,"open":true},"patchset":2,"at":1763700003,"builds":[],"failed":true,"digest":"0000000000000000000000000000000000000000000000000000000000000003","pipeline":null,"buildset":null,"reason":null,"truncated":false},"opened_at":1763700003.0}','open',NULL,NULL,0,NULL);
INSERT INTO "cases" VALUES('000000000004','builds:0000000000000000000000000000000000000000000000000000000000000004',1763700004,4,2,'openstack/nova',1763700004.0,'{"id":"000000000004","key":"builds:0000000000000000000000000000000000000000000000000000000000000004","report":{"ci":"zuul","change":{"number":4,"project":"openstack/nova","branch":"master","url":"","subject":"a subject","owner":"","private":false,"open":true},"patchset":2,"at":1763700004,"builds":[],"failed":true,"digest":"0000000000000000000000000000000000000000000000000000000000000004","pipeline":null,"buildset":null,"reason":null,"truncated":false},"opened_at":1763700004.0}','done','explained','comment',0,'{"case":{"id":"000000000004","key":"builds:0000000000000000000000000000000000000000000000000000000000000004","report":{"ci":"zuul","change":{"number":4,"project":"openstack/nova","branch":"master","url":"","subject":"a subject","owner":"","private":false,"open":true},"patchset":2,"at":1763700004,"builds":[],"failed":true,"digest":"0000000000000000000000000000000000000000000000000000000000000004","pipeline":null,"buildset":null,"reason":null,"truncated":false},"opened_at":1763700004.0},"builds":[{"build":{"identity":"00000000000000000000000000000004","job":"unit-tests","result":"FAILURE","ci":"zuul","project":"openstack/nova","branch":"master","change":4,"patchset":2,"reported_at":1763700004,"pipeline":null,"uuid":null,"web_url":null,"log_urls":[],"detail":null,"elapsed":null,"voting":true,"attempt_uuids":[]},"outcome":"explained","bugs":[{"signature":"disk-full","evidence":null}],"notes":[]}]}');
CREATE TABLE changes (
        number INTEGER PRIMARY KEY,
        patchset INTEGER NOT NULL,    -- the newest seen
        open INTEGER NOT NULL,
        seen_at INTEGER NOT NULL      -- the server's second of what was seen last
    );
INSERT INTO "changes" VALUES(1,2,1,1763700001);
INSERT INTO "changes" VALUES(2,2,1,1763700002);
INSERT INTO "changes" VALUES(3,2,1,1763700003);
INSERT INTO "changes" VALUES(4,2,1,1763700004);
CREATE TABLE counters (
        name TEXT PRIMARY KEY,
        count INTEGER NOT NULL,       -- since the daemon's start
        last_at REAL                  -- UTC seconds of the last one
    );
CREATE TABLE marks (
        name TEXT PRIMARY KEY,        -- cursor
        at INTEGER NOT NULL
    );
INSERT INTO "marks" VALUES('cursor',1763700000);
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
INSERT INTO "outages" VALUES(1,'disk-full',1,1763700001,1763700004,3,'','["#gate"]','000000000004',NULL);
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
INSERT INTO "outbox" VALUES(1,'000000000001','gerrit',1,1,2,'["disk-full"]','bug
gerritbot-er case 000000000001','case 000000000001','sent',NULL,1763700000.0,1763700000.0,1);
INSERT INTO "outbox" VALUES(2,'000000000004','gerrit',1,4,2,'["disk-full"]','bug
gerritbot-er case 000000000004','case 000000000004','pending',NULL,1763700000.0,1763700000.0,0);
CREATE TABLE workers (
        name TEXT PRIMARY KEY,        -- a dependency, such as stream or "log store cluster"
        state TEXT NOT NULL,          -- working | connecting | degraded | misconfigured
        since REAL NOT NULL,
        why TEXT NOT NULL,
        next_try REAL                 -- UTC seconds; NULL: nothing is waited for
    );
CREATE INDEX cases_by_key ON cases (key);
CREATE INDEX cases_by_change ON cases (change, patchset);
CREATE INDEX open_cases ON cases (opened_at) WHERE stage = 'open';
CREATE INDEX done_cases ON cases (opened_at) WHERE stage = 'done';
CREATE INDEX held_cases ON cases (opened_at) WHERE held;
CREATE INDEX outbox_at_work ON outbox (number) WHERE stage IN ('pending', 'sending');
CREATE INDEX outbox_by_change ON outbox (change, patchset);
CREATE INDEX outbox_by_time ON outbox (created_at);
CREATE INDEX changes_by_time ON changes (seen_at);
CREATE UNIQUE INDEX current_outages ON outages (known, failure) WHERE ended_at IS NULL;
CREATE INDEX ended_outages ON outages (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX outages_by_case ON outages (case_id)
    ;
PRAGMA user_version=2;
COMMIT;
