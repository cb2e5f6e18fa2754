//! The store's form, and the steps from each older form to the next.

mod steps;

use rusqlite::Connection;

use steps::STEPS;

/// "Drum" in ASCII: tells our files from other programs' databases.
pub(in crate::store::sqlite) const APPLICATION_ID: i64 = 0x4472_756d;

/// The newest form that this program knows.
pub(in crate::store::sqlite) const NEWEST: i64 = STEPS.len() as i64;

/// Brings a database from an older form to the newest, in one transaction. Another process may do the same meanwhile, so
/// the form is asked for inside of it.
pub(in crate::store::sqlite) fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
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
