//! The migrations from each older format of the store to the next.

/// The step at index n leads from format n to the next one. Steps are never changed, only added.
pub(super) const STEPS: &[&str] = &["
    CREATE TABLE runs (
        corp TEXT NOT NULL,
        run TEXT NOT NULL,
        campaign TEXT NOT NULL,
        slot TEXT NOT NULL,
        due INTEGER NOT NULL,
        zone TEXT NOT NULL,
        latest INTEGER NOT NULL,
        state TEXT NOT NULL,
        over INTEGER NOT NULL,
        post TEXT,
        content_sha256 TEXT,
        git_commit TEXT,
        jobid TEXT,
        moment_id TEXT,
        errcode INTEGER,
        errmsg TEXT,
        reason TEXT,
        invalid TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        sent_at INTEGER,
        lost_at INTEGER,
        asked INTEGER NOT NULL,
        not_before INTEGER NOT NULL,
        needs_person INTEGER NOT NULL,
        version INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        PRIMARY KEY (corp, run)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX runs_open ON runs (corp) WHERE over = 0;
    CREATE INDEX runs_due ON runs (due);
    CREATE UNIQUE INDEX runs_moment ON runs (corp, moment_id) WHERE moment_id IS NOT NULL;

    CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        corp TEXT NOT NULL,
        run TEXT NOT NULL,
        at INTEGER NOT NULL,
        came_from TEXT,
        went_to TEXT NOT NULL,
        verb TEXT NOT NULL,
        errcode INTEGER,
        reason TEXT,
        FOREIGN KEY (corp, run) REFERENCES runs (corp, run)
    ) STRICT;
    CREATE INDEX events_run ON events (corp, run, seq);
    CREATE TRIGGER events_are_kept BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'history is never rewritten'); END;
    CREATE TRIGGER events_stay BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'history is never deleted'); END;

    CREATE TABLE sends (
        seq INTEGER PRIMARY KEY,
        corp TEXT NOT NULL,
        run TEXT NOT NULL,
        at INTEGER NOT NULL,
        answered_at INTEGER
    ) STRICT;
    CREATE INDEX sends_at ON sends (corp, at);
    CREATE INDEX sends_answered_at ON sends (corp, answered_at);

    CREATE TABLE media (
        corp TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        media_id TEXT NOT NULL,
        uploaded_at INTEGER NOT NULL,
        PRIMARY KEY (corp, sha256)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE campaigns (
        corp TEXT NOT NULL,
        campaign TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        since INTEGER NOT NULL,
        terms TEXT NOT NULL,
        PRIMARY KEY (corp, campaign)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE ticks (
        corp TEXT PRIMARY KEY,
        through INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
", "
    CREATE TABLE holds (
        hold INTEGER PRIMARY KEY,
        corp TEXT,
        campaign TEXT,
        laid_at INTEGER NOT NULL,
        laid_by TEXT NOT NULL,
        reason TEXT NOT NULL,
        lifted_at INTEGER,
        lifted_by TEXT,
        catch_up INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX holds_laid ON holds (coalesce(corp, ''), coalesce(campaign, '')) WHERE lifted_at IS NULL;
    CREATE TRIGGER holds_are_kept BEFORE UPDATE ON holds
        WHEN OLD.lifted_at IS NOT NULL OR (NEW.laid_at, NEW.laid_by, NEW.reason) != (OLD.laid_at, OLD.laid_by, OLD.reason)
        BEGIN SELECT RAISE(ABORT, 'history is never rewritten'); END;
    CREATE TRIGGER holds_stay BEFORE DELETE ON holds BEGIN SELECT RAISE(ABORT, 'history is never deleted'); END;
    ALTER TABLE runs ADD COLUMN hold INTEGER;
", "
    CREATE TABLE reach (
        corp TEXT NOT NULL,
        run TEXT NOT NULL,
        asked_at INTEGER NOT NULL,
        asked INTEGER NOT NULL,
        next_at INTEGER NOT NULL,
        trouble TEXT,
        PRIMARY KEY (corp, run),
        FOREIGN KEY (corp, run) REFERENCES runs (corp, run)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE reach_members (
        corp TEXT NOT NULL,
        run TEXT NOT NULL,
        member TEXT NOT NULL,
        posted_at INTEGER,
        PRIMARY KEY (corp, run, member),
        FOREIGN KEY (corp, run) REFERENCES runs (corp, run)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX runs_posted ON runs (corp, updated_at) WHERE state IN ('created', 'partial');
", "
    CREATE TABLE witness (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        lineage TEXT NOT NULL,
        sends INTEGER NOT NULL
    ) STRICT;
", "
    CREATE TABLE members (
        member INTEGER PRIMARY KEY,
        corp TEXT NOT NULL,
        name TEXT NOT NULL,
        UNIQUE (corp, name)
    ) STRICT;
    CREATE TABLE ack_runs (
        ack INTEGER PRIMARY KEY,
        corp TEXT NOT NULL,
        run TEXT NOT NULL,
        UNIQUE (corp, run)
    ) STRICT;
    CREATE TABLE member_acks (
        ack INTEGER NOT NULL REFERENCES ack_runs (ack),
        member INTEGER NOT NULL REFERENCES members (member),
        posted_at INTEGER,
        PRIMARY KEY (ack, member)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO members (corp, name) SELECT DISTINCT corp, member FROM reach_members;
    INSERT INTO ack_runs (corp, run) SELECT DISTINCT corp, run FROM reach_members;
    INSERT INTO member_acks (ack, member, posted_at)
        SELECT ack_runs.ack, members.member, reach_members.posted_at FROM reach_members
        JOIN ack_runs ON (ack_runs.corp, ack_runs.run) = (reach_members.corp, reach_members.run)
        JOIN members ON (members.corp, members.name) = (reach_members.corp, reach_members.member);
    DROP TABLE reach_members;
", "
    CREATE TABLE past_runs (
        corp TEXT NOT NULL,
        run TEXT NOT NULL,
        PRIMARY KEY (corp, run)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE exports (
        month TEXT PRIMARY KEY,
        bytes INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER past_runs_stay BEFORE DELETE ON past_runs BEGIN SELECT RAISE(ABORT, 'history is never deleted'); END;
    CREATE TRIGGER past_runs_come_once BEFORE INSERT ON runs
        WHEN EXISTS (SELECT 1 FROM past_runs WHERE (corp, run) = (NEW.corp, NEW.run))
        BEGIN SELECT RAISE(IGNORE); END;
    DROP TRIGGER events_stay;
    CREATE TRIGGER events_stay BEFORE DELETE ON events
        WHEN NOT EXISTS (SELECT 1 FROM past_runs WHERE (corp, run) = (OLD.corp, OLD.run))
        BEGIN SELECT RAISE(ABORT, 'history is never deleted before it is exported'); END;
", "
    CREATE INDEX runs_of_corp ON runs (corp, due);
    CREATE INDEX runs_campaign ON runs (corp, campaign, due);
    CREATE INDEX runs_not_created ON runs (corp, state, due) WHERE state != 'created';
    CREATE TABLE sends_by_month (
        corp TEXT NOT NULL,
        month TEXT NOT NULL,
        sends INTEGER NOT NULL,
        PRIMARY KEY (corp, month)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO sends_by_month
        SELECT corp, strftime('%Y-%m', at / 1000, 'unixepoch', '+8 hours'), count(*) FROM sends GROUP BY 1, 2;
", "
    CREATE TABLE posts (
        post INTEGER PRIMARY KEY,
        sha256 BLOB NOT NULL UNIQUE,
        body TEXT NOT NULL
    ) STRICT;
    INSERT INTO posts (sha256, body)
        SELECT unhex(content_sha256), min(post) FROM runs WHERE post IS NOT NULL GROUP BY content_sha256;

    CREATE TABLE corps (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    ) STRICT;
    INSERT INTO corps (name) SELECT DISTINCT corp FROM runs;

    CREATE TABLE new_runs (
        key INTEGER PRIMARY KEY,
        corp INTEGER NOT NULL REFERENCES corps (id),
        run TEXT NOT NULL,
        campaign TEXT NOT NULL,
        due INTEGER NOT NULL,
        zone TEXT NOT NULL,
        latest INTEGER NOT NULL,
        state TEXT NOT NULL,
        over INTEGER NOT NULL,
        post INTEGER REFERENCES posts (post),
        content_sha256 TEXT,
        git_commit TEXT,
        jobid TEXT,
        moment_id TEXT,
        errcode INTEGER,
        errmsg TEXT,
        reason TEXT,
        invalid TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        sent_at INTEGER,
        lost_at INTEGER,
        asked INTEGER NOT NULL,
        not_before INTEGER NOT NULL,
        hold INTEGER,
        needs_person INTEGER NOT NULL,
        version INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
    ) STRICT;
    INSERT INTO new_runs (corp, run, campaign, due, zone, latest, state, over, post, content_sha256, git_commit,
            jobid, moment_id, errcode, errmsg, reason, invalid, attempts, sent_at, lost_at, asked, not_before, hold,
            needs_person, version, created_at, updated_at)
        SELECT corps.id, run, campaign, due, zone, latest, state, over,
            (SELECT posts.post FROM posts WHERE runs.post IS NOT NULL AND sha256 = unhex(content_sha256)),
            iif(post IS NULL, content_sha256, NULL), git_commit, jobid, moment_id, errcode, errmsg, reason,
            iif(invalid = '{\"users\":[],\"departments\":[],\"tags\":[]}', '', invalid), attempts, sent_at, lost_at,
            asked, not_before, hold, needs_person, version, created_at, updated_at
        FROM runs JOIN corps ON corps.name = runs.corp ORDER BY due;
    CREATE UNIQUE INDEX runs_run ON new_runs (corp, run);

    CREATE TABLE new_events (
        run INTEGER NOT NULL REFERENCES new_runs (key),
        seq INTEGER NOT NULL,
        at INTEGER NOT NULL,
        went_to TEXT NOT NULL,
        verb TEXT NOT NULL,
        errcode INTEGER,
        reason TEXT,
        PRIMARY KEY (run, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO new_events
        SELECT key, row_number() OVER (PARTITION BY key ORDER BY seq), at, went_to, verb, events.errcode,
            events.reason
        FROM events JOIN corps ON corps.name = events.corp
        JOIN new_runs ON (new_runs.corp, new_runs.run) = (corps.id, events.run);

    CREATE TABLE new_reach (
        run INTEGER PRIMARY KEY REFERENCES new_runs (key),
        asked_at INTEGER NOT NULL,
        asked INTEGER NOT NULL,
        next_at INTEGER NOT NULL,
        trouble TEXT
    ) STRICT;
    INSERT INTO new_reach
        SELECT key, asked_at, reach.asked, next_at, trouble FROM reach JOIN corps ON corps.name = reach.corp
        JOIN new_runs ON (new_runs.corp, new_runs.run) = (corps.id, reach.run);

    DROP TABLE events;
    DROP TABLE reach;
    DROP TABLE runs;
    ALTER TABLE new_runs RENAME TO runs;
    ALTER TABLE new_events RENAME TO events;
    ALTER TABLE new_reach RENAME TO reach;

    CREATE INDEX runs_open ON runs (corp) WHERE over = 0;
    CREATE UNIQUE INDEX runs_moment ON runs (corp, moment_id) WHERE moment_id IS NOT NULL;
    CREATE INDEX runs_posted ON runs (corp, updated_at) WHERE state IN ('created', 'partial');
    CREATE INDEX runs_of_corp ON runs (corp, due);
    CREATE INDEX runs_not_created ON runs (corp, state, due) WHERE state != 'created';
    CREATE INDEX runs_post ON runs (post) WHERE post IS NOT NULL;

    CREATE TRIGGER past_runs_come_once BEFORE INSERT ON runs
        WHEN EXISTS (SELECT 1 FROM past_runs WHERE corp = (SELECT name FROM corps WHERE id = NEW.corp) AND run = NEW.run)
        BEGIN SELECT RAISE(IGNORE); END;
    CREATE TRIGGER posts_go_with_their_runs AFTER DELETE ON runs
        BEGIN DELETE FROM posts WHERE post = OLD.post AND NOT EXISTS (SELECT 1 FROM runs WHERE post = OLD.post); END;
    CREATE TRIGGER posts_are_kept BEFORE UPDATE ON posts BEGIN SELECT RAISE(ABORT, 'history is never rewritten'); END;
    CREATE TRIGGER events_are_kept BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'history is never rewritten'); END;
    CREATE TRIGGER events_stay BEFORE DELETE ON events
        WHEN NOT EXISTS (SELECT 1 FROM runs JOIN corps ON id = runs.corp JOIN past_runs ON (past_runs.corp, past_runs.run) = (name, runs.run)
            WHERE key = OLD.run)
        BEGIN SELECT RAISE(ABORT, 'history is never deleted before it is exported'); END;
", "
    ALTER TABLE ticks RENAME TO watermarks;
    ALTER TABLE watermarks RENAME COLUMN through TO watermark;
    CREATE TABLE ack_progress (
        run INTEGER PRIMARY KEY REFERENCES runs (key),
        asked_at INTEGER NOT NULL,
        asked INTEGER NOT NULL,
        next_at INTEGER,
        trouble TEXT
    ) STRICT;
    INSERT INTO ack_progress
        SELECT run, asked_at, asked, iif(next_at = 253402300799000, NULL, next_at), trouble FROM reach;
    DROP TABLE reach;
    ALTER TABLE holds ADD COLUMN cause TEXT;
    UPDATE holds SET cause = '\"former\"' WHERE lifted_at IS NULL AND (laid_by = 'drumbeat backup'
        OR (laid_by = 'drumbeat' AND reason LIKE '%`drumbeat resume --all` (without --catch-up)'));
", "
    ALTER TABLE runs ADD COLUMN content INTEGER;
", "
    CREATE TABLE result_sweeps (
        run INTEGER NOT NULL REFERENCES runs (key),
        age INTEGER NOT NULL,
        asked_at INTEGER NOT NULL,
        members INTEGER NOT NULL,
        posted INTEGER NOT NULL,
        errcode INTEGER NOT NULL,
        summed INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (run, age)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX result_sweeps_with_members ON result_sweeps (asked_at) WHERE summed = 0;
    CREATE TABLE results (
        run INTEGER NOT NULL REFERENCES runs (key),
        age INTEGER NOT NULL,
        member TEXT NOT NULL,
        department INTEGER,
        customers INTEGER NOT NULL,
        likes INTEGER NOT NULL,
        comments INTEGER NOT NULL,
        errcode INTEGER NOT NULL,
        PRIMARY KEY (run, age, member)
    ) STRICT, WITHOUT ROWID;
", "
    CREATE TABLE nudges (
        ack INTEGER NOT NULL REFERENCES ack_runs (ack),
        member INTEGER NOT NULL REFERENCES members (member),
        number INTEGER NOT NULL CHECK (number IN (1, 2)),
        at INTEGER NOT NULL,
        person TEXT,
        outcome TEXT,
        PRIMARY KEY (ack, member, number)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE ack_progress ADD COLUMN nudged_age INTEGER;
", "
    CREATE TABLE moved (
        corp TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        place TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
"];
