//! The format of the store, and migrations.

mod steps;

use rusqlite::Connection;

use steps::STEPS;

/// "Drum" in ASCII: tells stores from databases of other programs.
pub(in crate::store) const APPLICATION_ID: i64 = 0x4472_756d;

/// The newest format that this program knows.
pub(in crate::store) const NEWEST: i64 = STEPS.len() as i64;

/// Migrates a database to the newest format, in one transaction. Another process may do the same at the same time, so
/// the format is read inside it.
pub(in crate::store) fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
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
    fn migrated_sends_count_by_beijing_month() {
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
            let next_at = if run == "c@1" { 253_402_300_799_000_i64 } else { 3 };
            db.execute("INSERT INTO reach VALUES ('ww1', ?, 1, 2, ?, NULL)", (run, next_at)).expect("progress");
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
        assert_eq!(
            read(
                "SELECT runs.run || ' ' || coalesce(next_at, '-') FROM ack_progress p JOIN runs ON p.run = key ORDER BY key"
            ),
            ["a@1 3", "b@1 3", "c@1 -"],
            "the year 9999 meant: not again"
        );
    }

    #[test]
    fn watermarks_of_an_older_store_are_kept() {
        let mut db = Connection::open_in_memory().expect("memory");
        STEPS[..7].iter().for_each(|step| db.execute_batch(step).expect("an older form"));
        db.pragma_update(None, "user_version", 7).expect("its number");
        db.execute("INSERT INTO ticks VALUES ('ww1', 5)", []).expect("written");
        migrate(&mut db).expect("the newest form");
        let found = db.query_row("SELECT corp, watermark FROM watermarks", [], |row| Ok((row.get(0)?, row.get(1)?)));
        assert_eq!(found, Ok(("ww1".to_owned(), 5)));
    }

    #[test]
    fn holds_of_an_older_store_keep_their_cause() {
        let mut db = Connection::open_in_memory().expect("memory");
        STEPS[..7].iter().for_each(|step| db.execute_batch(step).expect("an older form"));
        db.pragma_update(None, "user_version", 7).expect("its number");
        for (campaign, by, reason) in [
            ("a", "drumbeat backup", "this store is a copy"),
            ("b", "drumbeat", "its last commits are lost, then `drumbeat resume --all` (without --catch-up)"),
            ("c", "drumbeat", "a person of that name"),
            ("d", "wangwu", "a typo"),
        ] {
            let hold = "INSERT INTO holds (campaign, laid_at, laid_by, reason) VALUES (?, 0, ?, ?)";
            db.execute(hold, (campaign, by, reason)).expect("a hold");
        }
        migrate(&mut db).expect("the newest form");
        let mut found =
            db.prepare("SELECT campaign FROM holds WHERE cause = '\"former\"' ORDER BY hold").expect("a query");
        let found: Vec<String> = found.query_map([], |row| row.get(0)).expect("read").map(Result::unwrap).collect();
        assert_eq!(found, ["a", "b"]);
    }
}
