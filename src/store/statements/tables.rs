//! The tables of one corp's history: how a row is read without the keys of its store, and how it is written into another.

use super::Sql;

/// A table with the rows of a corp.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Table {
    pub(in crate::store) name: &'static str,
    /// The rows of the corp ?1, in the order of their keys. If `has_holds`, ?2 is the second owner whose holds are read:
    /// on a server, those on all corps have the owner ''.
    pub(in crate::store) read: Sql,
    pub(in crate::store) has_holds: bool,
    /// Writes such a row: the corp ?1, then the columns.
    pub(in crate::store) write: Sql,
}

macro_rules! table {
    ($name:literal, $read:expr $(=> $read_server:expr)?; $write:expr $(=> $write_server:expr)?) => {
        table!(@ false, $name, $read $(=> $read_server)?; $write $(=> $write_server)?)
    };
    (with_holds $name:literal, $read:expr $(=> $read_server:expr)?; $write:expr $(=> $write_server:expr)?) => {
        table!(@ true, $name, $read $(=> $read_server)?; $write $(=> $write_server)?)
    };
    (@ $holds:literal, $name:literal, $read:expr $(=> $read_server:expr)?; $write:expr $(=> $write_server:expr)?) => {
        Table {
            name: $name,
            read: Sql { sqlite: $read, postgres: server!($($read_server)?) },
            has_holds: $holds,
            write: Sql { sqlite: $write, postgres: server!($($write_server)?) },
        }
    };
}

macro_rules! run_columns {
    () => {
        "campaign, due, zone, latest, state, over, post, content_sha256, git_commit, jobid, moment_id, errcode, errmsg, reason, \
         invalid, attempts, sent_at, lost_at, asked, not_before, hold, needs_person, version, created_at, updated_at, content"
    };
}

/// A run with the digest of its post and the place of its hold among the corp's holds.
macro_rules! run_read {
    ($holds:literal) => {
        concat!(
            "SELECT run, campaign, due, zone, latest, state, over, \
             (SELECT lower(hex(sha256)) FROM posts WHERE posts.post = runs.post) AS post, content_sha256, git_commit, jobid, \
             moment_id, errcode, errmsg, reason, invalid, attempts, sent_at, lost_at, asked, not_before, \
             nullif((SELECT count(*) FROM holds AS earlier WHERE earlier.hold <= runs.hold AND ", $holds, "), 0) AS hold, \
             needs_person, version, created_at, updated_at, content FROM runs WHERE corp = ", corp!(), " ORDER BY key"
        )
    };
}

macro_rules! run_write {
    ($post:literal, $holds:literal) => {
        concat!(
            "INSERT INTO runs (corp, run, ",
            run_columns!(),
            ") VALUES (",
            corp!(),
            ", ?2, ?3, ?4, ?5, ?6, ?7, ?8, \
             (SELECT post FROM posts WHERE ",
            $post,
            "sha256 = unhex(?9)), ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, \
             ?20, ?21, ?22, CASE WHEN CAST(?23 AS BIGINT) IS NULL THEN NULL ELSE (SELECT hold FROM holds ",
            $holds,
            "ORDER BY hold LIMIT 1 OFFSET CAST(?23 AS BIGINT) - 1) END, ?24, ?25, ?26, ?27, ?28)"
        )
    };
}

/// Every table with rows of a corp, after those that its rows refer to.
pub(in crate::store) const TABLES: [Table; 18] = [
    table!("posts",
        concat!("SELECT lower(hex(sha256)) AS sha256, body FROM posts WHERE EXISTS \
            (SELECT 1 FROM runs WHERE runs.post = posts.post AND runs.corp = ", corp!(), ") ORDER BY posts.sha256");
        "INSERT INTO posts (sha256, body) VALUES (unhex(?2), ?3)"
            => "INSERT INTO posts (corp, sha256, body) VALUES ($1, unhex($2), $3)"),
    table!(with_holds "holds",
        "SELECT corp, campaign, laid_at, laid_by, reason, lifted_at, lifted_by, catch_up, cause FROM holds \
            WHERE (corp IS NULL OR corp = ?1) AND CAST(?2 AS TEXT) IS NOT NULL ORDER BY hold"
            => "SELECT corp, campaign, laid_at, laid_by, reason, lifted_at, lifted_by, catch_up, cause FROM holds \
            WHERE store IN ($1, $2) ORDER BY hold";
        "INSERT INTO holds (corp, campaign, laid_at, laid_by, reason, lifted_at, lifted_by, catch_up, cause) \
            VALUES (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            => "INSERT INTO holds (store, corp, campaign, laid_at, laid_by, reason, lifted_at, lifted_by, catch_up, cause) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"),
    table!(with_holds "runs",
        run_read!("(earlier.corp IS NULL OR earlier.corp = ?1) AND CAST(?2 AS TEXT) IS NOT NULL")
            => run_read!("earlier.store IN (?1, ?2)");
        run_write!("", "") => run_write!("posts.corp = ?1 AND ", "WHERE store = ?1 ")),
    table!("events",
        concat!("SELECT runs.run, seq, at, went_to, verb, events.errcode, events.reason FROM events \
            JOIN runs ON runs.key = events.run WHERE runs.corp = ", corp!(), " ORDER BY runs.key, seq");
        concat!("INSERT INTO events (run, seq, at, went_to, verb, errcode, reason) VALUES (", key!(), ", ?3, ?4, ?5, ?6, ?7, ?8)")),
    table!("ack_progress",
        concat!("SELECT runs.run, asked_at, ack_progress.asked, next_at, trouble, nudged_age FROM ack_progress \
            JOIN runs ON runs.key = ack_progress.run WHERE runs.corp = ", corp!(), " ORDER BY runs.key");
        concat!("INSERT INTO ack_progress (run, asked_at, asked, next_at, trouble, nudged_age) \
            VALUES (", key!(), ", ?3, ?4, ?5, ?6, ?7)")),
    table!("result_sweeps",
        concat!("SELECT runs.run, age, asked_at, members, posted, result_sweeps.errcode, summed FROM result_sweeps \
            JOIN runs ON runs.key = result_sweeps.run WHERE runs.corp = ", corp!(), " ORDER BY runs.key, age");
        concat!("INSERT INTO result_sweeps (run, age, asked_at, members, posted, errcode, summed) \
            VALUES (", key!(), ", ?3, ?4, ?5, ?6, ?7, ?8)")),
    table!("results",
        concat!("SELECT runs.run, age, member, department, customers, likes, comments, results.errcode FROM results \
            JOIN runs ON runs.key = results.run WHERE runs.corp = ", corp!(), " ORDER BY runs.key, age, member");
        concat!("INSERT INTO results (run, age, member, department, customers, likes, comments, errcode) \
            VALUES (", key!(), ", ?3, ?4, ?5, ?6, ?7, ?8, ?9)")),
    table!("sends",
        "SELECT run, at, answered_at FROM sends WHERE corp = ?1 ORDER BY seq";
        "INSERT INTO sends (corp, run, at, answered_at) VALUES (?1, ?2, ?3, ?4)"),
    table!("sends_by_month",
        "SELECT month, sends FROM sends_by_month WHERE corp = ?1 ORDER BY month";
        "INSERT INTO sends_by_month (corp, month, sends) VALUES (?1, ?2, ?3)"),
    table!("media",
        "SELECT sha256, media_id, uploaded_at FROM media WHERE corp = ?1 ORDER BY sha256";
        "INSERT INTO media (corp, sha256, media_id, uploaded_at) VALUES (?1, ?2, ?3, ?4)"),
    table!("campaigns",
        "SELECT campaign, fingerprint, since, terms FROM campaigns WHERE corp = ?1 ORDER BY campaign";
        "INSERT INTO campaigns (corp, campaign, fingerprint, since, terms) VALUES (?1, ?2, ?3, ?4, ?5)"),
    table!("watermarks",
        "SELECT watermark FROM watermarks WHERE corp = ?1";
        "INSERT INTO watermarks (corp, watermark) VALUES (?1, ?2)"),
    table!("past_runs",
        "SELECT run FROM past_runs WHERE corp = ?1 ORDER BY run";
        "INSERT INTO past_runs (corp, run) VALUES (?1, ?2)"),
    table!("exports",
        "SELECT month, bytes FROM exports WHERE ?1 IS NOT NULL ORDER BY month"
            => "SELECT month, bytes FROM exports WHERE store = $1 ORDER BY month";
        "INSERT INTO exports (month, bytes) VALUES (?2, ?3)"
            => "INSERT INTO exports (store, month, bytes) VALUES ($1, $2, $3)"),
    table!("members",
        "SELECT name FROM members WHERE corp = ?1 ORDER BY name";
        "INSERT INTO members (corp, name) VALUES (?1, ?2)"),
    table!("ack_runs",
        "SELECT run FROM ack_runs WHERE corp = ?1 ORDER BY run";
        "INSERT INTO ack_runs (corp, run) VALUES (?1, ?2)"),
    table!("member_acks",
        "SELECT ack_runs.run, members.name, posted_at FROM ack_runs JOIN member_acks USING (ack) JOIN members USING (member) \
            WHERE ack_runs.corp = ?1 ORDER BY ack_runs.run, members.name";
        "INSERT INTO member_acks (ack, member, posted_at) VALUES ((SELECT ack FROM ack_runs WHERE corp = ?1 AND run = ?2), \
            (SELECT member FROM members WHERE corp = ?1 AND name = ?3), ?4)"),
    table!("nudges",
        "SELECT ack_runs.run, members.name, number, at, person, outcome FROM ack_runs JOIN nudges USING (ack) \
            JOIN members USING (member) WHERE ack_runs.corp = ?1 ORDER BY ack_runs.run, members.name, number";
        "INSERT INTO nudges (ack, member, number, at, person, outcome) VALUES \
            ((SELECT ack FROM ack_runs WHERE corp = ?1 AND run = ?2), (SELECT member FROM members WHERE corp = ?1 AND name = ?3), \
            ?4, ?5, ?6, ?7)"),
];

/// Removes every row of the corp $1, in this order: a row goes before those that it refers to.
pub(in crate::store) const REMOVE_CORP: [Sql; 20] = {
    macro_rules! remove {
        ($text:expr) => {
            Sql { sqlite: "", postgres: Some($text) }
        };
    }
    macro_rules! remove_of_runs {
        ($table:literal) => {
            remove!(concat!(
                "DELETE FROM ",
                $table,
                " WHERE run IN (SELECT key FROM runs WHERE corp = (SELECT id FROM corps WHERE name = $1))"
            ))
        };
    }
    [
        remove_of_runs!("results"),
        remove_of_runs!("result_sweeps"),
        remove_of_runs!("ack_progress"),
        remove_of_runs!("events"),
        remove!("DELETE FROM runs WHERE corp = (SELECT id FROM corps WHERE name = $1)"),
        remove!("DELETE FROM corps WHERE name = $1"),
        remove!("DELETE FROM posts WHERE corp = $1"),
        remove!("DELETE FROM nudges WHERE ack IN (SELECT ack FROM ack_runs WHERE corp = $1)"),
        remove!("DELETE FROM member_acks WHERE ack IN (SELECT ack FROM ack_runs WHERE corp = $1)"),
        remove!("DELETE FROM ack_runs WHERE corp = $1"),
        remove!("DELETE FROM members WHERE corp = $1"),
        remove!("DELETE FROM sends WHERE corp = $1"),
        remove!("DELETE FROM sends_by_month WHERE corp = $1"),
        remove!("DELETE FROM media WHERE corp = $1"),
        remove!("DELETE FROM campaigns WHERE corp = $1"),
        remove!("DELETE FROM watermarks WHERE corp = $1"),
        remove!("DELETE FROM past_runs WHERE corp = $1"),
        remove!("DELETE FROM exports WHERE store = $1"),
        remove!("DELETE FROM holds WHERE store = $1"),
        remove!("DELETE FROM moved WHERE corp = $1"),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema;

    /// Tables about the store itself, and the names of corps, which are written with their runs.
    const NOT_COPIED: [&str; 3] = ["corps", "moved", "witness"];
    /// Keys that are given by each store.
    const KEYS: [&str; 6] = ["key", "post", "hold", "seq", "member", "ack"];

    /// A new table or column that is forgotten here would be lost.
    #[test]
    fn every_column_is_copied() {
        let mut db = rusqlite::Connection::open_in_memory().expect("memory");
        schema::migrate(&mut db).expect("the newest form");
        let mut names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").expect("a question");
        let names: Vec<String> = names.query_map([], |row| row.get(0)).expect("read").map(Result::unwrap).collect();
        for name in names.iter().filter(|name| !NOT_COPIED.contains(&&***name)) {
            let Some(table) = TABLES.iter().find(|table| table.name == name) else { panic!("{name} is not copied") };
            let columns = db.prepare(&format!("SELECT * FROM {name}")).expect("a table");
            for sql in [table.write.sqlite().to_owned(), table.write.postgres()] {
                let list = sql.split(['(', ')']).nth(1).expect("columns");
                let written: Vec<&str> = list.split(',').map(str::trim).collect();
                for column in columns.column_names() {
                    let is_key = columns.column_index(column) == Ok(0) && KEYS.contains(&column);
                    assert!(is_key || written.contains(&column), "{name}.{column} is not copied: {written:?}");
                }
            }
        }
    }
}
