//! The store's form, and the steps from each older form to the next.

use rusqlite::Connection;

/// "Drum" in ASCII: tells our files from other programs' databases.
pub(super) const APPLICATION_ID: i64 = 0x4472_756d;

/// Each step leads from the form of its place in the list to the next. Steps are never changed, only added.
const STEPS: &[&str] = &["
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
"];

/// The newest form that this program knows.
pub(super) const NEWEST: i64 = STEPS.len() as i64;

/// Brings a database from an older form to the newest, in one transaction. Another process may do the same meanwhile, so
/// the form is asked for inside of it.
pub(super) fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let step = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let from: i64 = step.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for sql in STEPS.iter().skip(usize::try_from(from).unwrap_or(0)) {
        step.execute_batch(sql)?;
    }
    step.pragma_update(None, "application_id", APPLICATION_ID)?;
    step.pragma_update(None, "user_version", NEWEST)?;
    step.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sends_of_an_older_store_are_counted_by_the_month_of_beijing() {
        let mut db = Connection::open_in_memory().expect("memory holds a store");
        STEPS[..3].iter().for_each(|step| db.execute_batch(step).expect("an older form"));
        db.pragma_update(None, "user_version", 3).expect("its number");
        // The last second of February there, the first of March, and one in April.
        for at in ["2026-02-28T15:59:59Z", "2026-02-28T16:00:00Z", "2026-03-31T15:59:59Z", "2026-04-01T00:00:00Z"] {
            let at: chrono::DateTime<chrono::Utc> = at.parse().expect("an instant");
            db.execute("INSERT INTO sends (corp, run, at) VALUES ('ww1', 'r', ?)", [at.timestamp_millis()])
                .expect("sent");
        }
        migrate(&mut db).expect("the newest form");
        let mut months = db.prepare("SELECT month, sends FROM sends_by_month ORDER BY month").expect("a table");
        let months: Vec<(String, i64)> =
            months.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("read").map(Result::unwrap).collect();
        assert_eq!(months, [("2026-02".to_owned(), 1), ("2026-03".to_owned(), 2), ("2026-04".to_owned(), 1)]);
    }

    #[test]
    fn runs_of_an_older_store_keep_their_posts_and_their_logs() {
        let mut db = Connection::open_in_memory().expect("memory holds a store");
        db.pragma_update(None, "foreign_keys", true).expect("as in a file");
        STEPS[..4].iter().for_each(|step| db.execute_batch(step).expect("an older form"));
        db.pragma_update(None, "user_version", 4).expect("its number");
        let digest = "ab".repeat(32);
        for (run, post, due) in [("b@1", Some("{}"), 2), ("a@1", Some("{}"), 1), ("c@1", None, 3)] {
            db.execute(
                "INSERT INTO runs (corp, run, campaign, slot, due, zone, latest, state, over, post, content_sha256, \
                 invalid, attempts, asked, not_before, needs_person, version, created_at, updated_at) VALUES \
                 ('ww1', ?1, 'a', '1', ?2, 'UTC', 0, 'created', 1, ?3, ?4, \
                 '{\"users\":[],\"departments\":[],\"tags\":[]}', 1, 0, 0, 0, 2, 0, 0)",
                (run, due, post, &digest),
            )
            .expect("a run");
            for verb in ["be due", "send"] {
                let event = "INSERT INTO events (corp, run, at, went_to, verb) VALUES ('ww1', ?, 0, 'x', ?)";
                db.execute(event, (run, verb)).expect("an event");
            }
            db.execute("INSERT INTO reach VALUES ('ww1', ?, 1, 2, 3, NULL)", [run]).expect("reach");
        }
        migrate(&mut db).expect("the newest form");
        let read = |sql: &str| -> Vec<String> {
            let mut asked = db.prepare(sql).expect("a question");
            asked.query_map([], |row| row.get(0)).expect("read").map(Result::unwrap).collect()
        };
        assert_eq!(
            read("SELECT run || invalid || coalesce(post, '-') FROM runs ORDER BY key"),
            ["a@11", "b@11", "c@1-"]
        );
        assert_eq!(read("SELECT lower(hex(sha256)) || body FROM posts"), [digest.clone() + "{}"]);
        assert_eq!(read("SELECT content_sha256 FROM runs WHERE content_sha256 IS NOT NULL"), [digest]);
        assert_eq!(
            read("SELECT runs.run || ' ' || verb FROM events JOIN runs ON events.run = key ORDER BY key, seq"),
            ["a@1 be due", "a@1 send", "b@1 be due", "b@1 send", "c@1 be due", "c@1 send"]
        );
        assert_eq!(read("SELECT runs.run FROM reach JOIN runs ON reach.run = key ORDER BY key"), ["a@1", "b@1", "c@1"]);
    }
}
