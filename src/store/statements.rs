//! Every statement of the store, by concern. [`Sql`] cannot be created elsewhere, so the test below sees all
//! statements: it asks SQLite for each query plan, and none may scan all runs, events or sends.
//!
//! Most have one text for both databases. PostgreSQL needs the types of values that only stand alone (`CAST`), the
//! columns of a conflict, and the name of the table beside a column that both rows have.

/// One of the statements of this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sql {
    sqlite: &'static str,
    /// If it differs by more than placeholders and index names.
    postgres: Option<&'static str>,
}

impl Sql {
    pub(super) fn sqlite(self) -> &'static str {
        self.sqlite
    }

    /// The same for PostgreSQL, which chooses its indexes itself.
    pub(super) fn postgres(self) -> String {
        translated(self.postgres.unwrap_or(self.sqlite))
    }
}

/// A statement of SQLite with PostgreSQL's placeholders and without the names of indexes.
fn translated(sql: &str) -> String {
    let (mut text, mut place, mut rest) = (String::with_capacity(sql.len()), 0, sql);
    while let Some((before, after)) = rest.split_once('?') {
        let number = after.len() - after.trim_start_matches(|at: char| at.is_ascii_digit()).len();
        place += 1;
        let name = if number == 0 { place.to_string() } else { after[..number].to_owned() };
        text.extend([before, "$", &name]);
        rest = &after[number..];
    }
    text.push_str(rest);
    while let Some(start) = text.find(" INDEXED BY ") {
        let end = text[start + 12..].find(' ').map_or(text.len(), |end| start + 12 + end);
        text.replace_range(start..end, "");
    }
    text
}

/// The columns of a run, in the order in which `rows` writes them.
macro_rules! written {
    () => {
        "corp, run, campaign, due, zone, latest, state, over, post, content_sha256, git_commit, jobid, moment_id, \
         errcode, errmsg, reason, invalid, attempts, sent_at, lost_at, asked, not_before, hold, \
         needs_person, version, created_at, updated_at, content"
    };
}

/// The same, as `rows` reads them. The name of a corp and a post are stored once, however many runs have them; the slot
/// is part of the run's name.
macro_rules! columns {
    () => {
        "(SELECT name FROM corps WHERE id = runs.corp) AS corp, run, campaign, \
         substr(run, length(campaign) + 2) AS slot, due, zone, latest, state, over, (SELECT body FROM posts WHERE posts.post = runs.post) AS post, \
         coalesce(content_sha256, (SELECT lower(hex(sha256)) FROM posts WHERE posts.post = runs.post)) \
         AS content_sha256, git_commit, jobid, moment_id, errcode, errmsg, reason, invalid, attempts, sent_at, \
         lost_at, asked, not_before, hold, needs_person, version, created_at, updated_at, content, key"
    };
}

/// The key of the corp with the name ?1.
macro_rules! corp {
    () => {
        "(SELECT id FROM corps WHERE name = ?1)"
    };
}

/// The key of the run ?2 of the corp ?1.
macro_rules! key {
    () => {
        concat!("(SELECT key FROM runs WHERE corp = ", corp!(), " AND run = ?2)")
    };
}

/// The key of the post with a digest.
macro_rules! post_of {
    ($digest:literal) => {
        concat!("(SELECT post FROM posts WHERE sha256 = unhex(", $digest, "))")
    };
}

/// The same on a server, where each corp has its own.
macro_rules! post_of_corp {
    ($digest:literal) => {
        concat!(
            "(SELECT post FROM posts WHERE corp = current_setting('drumbeat.corp') AND sha256 = unhex(",
            $digest,
            "))"
        )
    };
}

macro_rules! values {
    ($post:expr) => {
        concat!(
            corp!(),
            ", ?2, ?3, ?4, ?5, ?6, ?7, ?8, ",
            $post,
            ", ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, \
             ?24, ?25, ?26, ?27, ?28"
        )
    };
}

/// The reminder of the member ?3 for the run ?2 of the corp ?1 that has no outcome yet.
macro_rules! nudge {
    () => {
        "ack = (SELECT ack FROM ack_runs WHERE corp = ?1 AND run = ?2) \
         AND member = (SELECT member FROM members WHERE corp = ?1 AND name = ?3) AND outcome IS NULL"
    };
}

macro_rules! hold_columns {
    () => {
        "hold, corp, campaign, laid_at, laid_by, reason, cause, lifted_at, lifted_by, catch_up"
    };
}

/// A page of a history: corp ?1, the key ?2 ?3 after which it begins, length ?4, optional state ?5.
macro_rules! page {
    ($index:literal, $condition:literal) => {
        page!($index, "(due, key) > (?2, ?3)", $condition, "due, key")
    };
    ($index:literal, $beyond:literal, $condition:literal, $order:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM runs INDEXED BY ",
            $index,
            " WHERE corp = ",
            corp!(),
            " AND ",
            $beyond,
            " ",
            $condition,
            " ORDER BY ",
            $order,
            " LIMIT ?4"
        )
    };
}

/// A page of a history, newest first: corp ?1, the key ?2 ?3 before which it begins, length ?4, optional state ?5,
/// due from ?7.
macro_rules! page_back {
    ($index:literal, $condition:literal) => {
        page!($index, "(due, key) < (?2, ?3) AND due >= ?7", $condition, "due DESC, key DESC")
    };
}

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr $(=> $server:expr)?;)+) => {
        $($(#[$doc])* pub(super) const $name: Sql = Sql { sqlite: $text, postgres: server!($($server)?) };)+
        #[cfg(test)]
        const ALL: &[(&str, Sql)] = &[$((stringify!($name), $name)),+];
    };
}

macro_rules! server {
    () => {
        None
    };
    ($text:expr) => {
        Some($text)
    };
}

/// Statements for PostgreSQL alone. Those of leases have a text for the model of a server (`simulated`) too.
macro_rules! server_statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr $(=> $model:expr)?;)+) => {
        $($(#[$doc])* pub(super) const $name: Sql = Sql { sqlite: model!($($model)?), postgres: Some($text) };)+
    };
}

macro_rules! model {
    () => {
        ""
    };
    ($text:expr) => {
        $text
    };
}

/// Whether a clean COMMIT proves that a standby has the transaction.
macro_rules! synchronous {
    () => {
        "(current_setting('synchronous_standby_names') <> '' AND current_setting('synchronous_commit') IN ('on', 'remote_apply'))"
    };
}

/// Which holds a store on a server shows: those of its corp, and those on all corps.
macro_rules! own_holds {
    () => {
        "(store = '' OR current_setting('drumbeat.corp') IN ('', store))"
    };
}

/// Another run than ?2 with a moment.
macro_rules! owns_moment {
    ($moment:literal) => {
        concat!("SELECT run FROM runs AS other WHERE corp = ", corp!(), " AND moment_id = ", $moment, " AND run != ?2")
    };
}

/// Another open run than ?2 with a job.
macro_rules! owns_job {
    ($job:literal) => {
        concat!(
            "SELECT run FROM runs AS other INDEXED BY runs_not_created WHERE corp = ",
            corp!(),
            " AND state IN ('submitted', 'in_doubt') AND state != 'created' AND jobid = ",
            $job,
            " AND run != ?2"
        )
    };
}

/// The sends in the last minute and since a month, and whether anything is on hold.
macro_rules! sends_counted {
    () => {
        "SELECT (SELECT count(*) FROM sends WHERE corp = ?1 AND answered_at > ?2 AND answered_at <= ?3) \
         + (SELECT count(*) FROM sends WHERE corp = ?1 AND answered_at IS NULL), \
         (SELECT CAST(coalesce(sum(sends), 0) AS BIGINT) FROM sends_by_month WHERE corp = ?1 AND month >= ?4), \
         EXISTS (SELECT 1 FROM holds WHERE lifted_at IS NULL"
    };
}

statements! {
    // Runs
    CORP_PUT = "INSERT INTO corps (name) VALUES (?) ON CONFLICT DO NOTHING";
    CORPS = "SELECT name FROM corps ORDER BY name"
        => "SELECT name FROM corps WHERE current_setting('drumbeat.corp') IN ('', name) ORDER BY name";
    /// Whether a service has worked for the corp, or a run of it was recorded.
    CORP_KNOWN = "SELECT EXISTS (SELECT 1 FROM watermarks WHERE corp = ?1) OR EXISTS (SELECT 1 FROM corps WHERE name = ?1)";
    RUN_INSERT = concat!("INSERT INTO runs (", written!(), ") VALUES (", values!(post_of!("?9")), ") ON CONFLICT (corp, run) DO NOTHING")
        => concat!("INSERT INTO runs (", written!(), ") VALUES (", values!(post_of_corp!("?9")), ") ON CONFLICT (corp, run) DO NOTHING");
    RUN_UPDATE = concat!(
        "UPDATE runs SET state = ?3, over = ?4, jobid = ?5, moment_id = ?6, errcode = ?7, errmsg = ?8, reason = ?9, invalid = ?10, \
         attempts = ?11, sent_at = ?12, lost_at = ?13, asked = ?14, not_before = ?15, hold = ?16, needs_person = ?17, \
         version = ?18, updated_at = ?19 WHERE corp = ", corp!(), " AND run = ?2 AND version = ?21 \
         AND (CAST(?6 AS TEXT) IS NULL OR NOT EXISTS (", owns_moment!("?6"), ")) \
         AND (CAST(?20 AS TEXT) IS NULL OR NOT EXISTS (", owns_job!("?20"), "))"
    );
    RUN_UPDATE_CONTENT = concat!(
        "UPDATE runs SET latest = ?3, post = ", post_of!("?4"), ", content_sha256 = ?5, git_commit = ?6, content = ?7 WHERE corp = ", corp!(), " AND run = ?2"
    ) => concat!(
        "UPDATE runs SET latest = ?3, post = ", post_of_corp!("?4"), ", content_sha256 = ?5, git_commit = ?6, content = ?7 WHERE corp = ", corp!(), " AND run = ?2"
    );
    RUN = concat!("SELECT ", columns!(), " FROM runs WHERE corp = ", corp!(), " AND run = ?2");
    RUNS_UNSETTLED = concat!(
        "SELECT ", columns!(), " FROM runs INDEXED BY runs_open WHERE corp = ", corp!(), " AND over = 0 AND state != 'claimed'"
    );
    RUNS_UNFINISHED = concat!(
        "SELECT ", columns!(), " FROM runs INDEXED BY runs_open WHERE corp = ", corp!(), " AND campaign = ?2 AND over = 0 ORDER BY due, run"
    );
    /// Only runs since an instant: a history is long, and runs that may still be posted are at its end.
    RUNS_NEWEST_HELD = concat!(
        "WITH lately AS (SELECT run, row_number() OVER (PARTITION BY campaign ORDER BY due DESC, run DESC) AS place \
         FROM runs INDEXED BY runs_of_corp WHERE corp = ", corp!(), " AND due >= ?2 AND run NOT LIKE '%~hand') SELECT ",
        columns!(), " FROM runs JOIN lately USING (run) WHERE corp = ", corp!(),
        " AND place = 1 AND state = 'held' AND hold IS NOT NULL"
    );
    RUN_OWNS_MOMENT = concat!("SELECT run FROM runs WHERE corp = ", corp!(), " AND moment_id = ?2");
    /// Another run than ?2 with the moment ?3, or with the job ?4.
    RUN_OF_OTHER = concat!(owns_moment!("?3"), " UNION ALL ", owns_job!("?4"), " LIMIT 1");

    // Pages of a history. Each index has its own statement; the other filters apply to the rows found.
    PAGE = page!("runs_of_corp", "AND (CAST(?5 AS TEXT) IS NULL OR state = ?5) AND (CAST(?6 AS TEXT) IS NULL)");
    /// A run's name begins with its campaign's; `A` follows `@`. One campaign has few enough runs to sort.
    PAGE_OF_CAMPAIGN = page!("runs_run", "AND (CAST(?5 AS TEXT) IS NULL OR state = ?5) AND run > CAST(?6 AS TEXT) || '@' AND run < CAST(?6 AS TEXT) || 'A'");
    /// Nearly all runs end as `created`: this index has only the others.
    PAGE_IN_STATE = page!("runs_not_created", "AND state = ?5 AND state != 'created' AND (CAST(?6 AS TEXT) IS NULL)");
    PAGE_OPEN = page!("runs_open", "AND over = 0 AND (CAST(?5 AS TEXT) IS NULL OR state = ?5) AND (CAST(?6 AS TEXT) IS NULL OR campaign = ?6)");
    // The same, newest first.
    PAGE_BACK = page_back!("runs_of_corp", "AND (CAST(?5 AS TEXT) IS NULL OR state = ?5) AND (CAST(?6 AS TEXT) IS NULL)");
    PAGE_BACK_OF_CAMPAIGN = page_back!("runs_run", "AND (CAST(?5 AS TEXT) IS NULL OR state = ?5) AND run > CAST(?6 AS TEXT) || '@' AND run < CAST(?6 AS TEXT) || 'A'");
    PAGE_BACK_IN_STATE = page_back!("runs_not_created", "AND state = ?5 AND state != 'created' AND (CAST(?6 AS TEXT) IS NULL)");
    PAGE_BACK_OPEN = page_back!("runs_open", "AND over = 0 AND (CAST(?5 AS TEXT) IS NULL OR state = ?5) AND (CAST(?6 AS TEXT) IS NULL OR campaign = ?6)");
    /// The first runs that are due from ?2 and before ?3.
    RUNS_DUE = concat!(
        "SELECT ", columns!(), " FROM runs INDEXED BY runs_of_corp WHERE corp = ", corp!(),
        " AND due >= ?2 AND due < ?3 ORDER BY due, key LIMIT ?4"
    );
    /// The due time of the run at position ?2 of the newest-first order.
    RUNS_NEWEST_FROM = concat!(
        "SELECT due FROM runs INDEXED BY runs_of_corp WHERE corp = ", corp!(), " AND due >= ?3 ORDER BY due DESC LIMIT 1 OFFSET ?2"
    );
    RUNS_COUNTED = concat!(
        "SELECT state, count(*) FROM runs INDEXED BY runs_of_corp WHERE corp = ", corp!(), " AND due >= ?2 AND due < ?3 GROUP BY state"
    );

    /// Keys of runs rise, and the oldest are removed first.
    RUNS_SPAN = "SELECT (SELECT min(key) FROM runs), (SELECT max(key) FROM runs)";
    RUNS_LATELY = concat!(
        "SELECT count(*), min(due) FROM runs INDEXED BY runs_of_corp WHERE corp = ", corp!(), " AND due >= ?2 AND due < ?3"
    );

    // Posts
    POST_PUT = "INSERT INTO posts (sha256, body) VALUES (unhex(?), ?) ON CONFLICT DO NOTHING";
    POST_DAMAGED = "SELECT post FROM posts WHERE sha256 = unhex(?1) AND body IS NOT ?2"
        => "SELECT post FROM posts WHERE corp = current_setting('drumbeat.corp') AND sha256 = unhex($1) AND body != $2";
    POST_REMOVE = "DELETE FROM posts WHERE post = ?";
    POST_REPLACE = "INSERT INTO posts (sha256, body, post) VALUES (unhex(?1), ?2, ?3)";

    // Logs
    EVENT_INSERT = concat!(
        "INSERT INTO events (run, seq, at, went_to, verb, errcode, reason) \
         SELECT key, (SELECT coalesce(max(seq), 0) + 1 FROM events WHERE events.run = runs.key), \
         CAST(?3 AS BIGINT), CAST(?4 AS TEXT), CAST(?5 AS TEXT), CAST(?6 AS BIGINT), CAST(?7 AS TEXT) FROM runs WHERE corp = ", corp!(), " AND run = ?2"
    );
    /// A transition starts in the state in which the previous one ended.
    EVENTS_OF_RUN = concat!("SELECT at, lag(went_to) OVER (ORDER BY seq) AS came_from, went_to, verb, errcode, reason FROM events WHERE run = ", key!(), " ORDER BY seq");

    // Sends
    SEND_INSERT = "INSERT INTO sends (corp, run, at) VALUES (?, ?, ?)";
    SEND_ANSWERED = "UPDATE sends SET answered_at = ? WHERE corp = ? AND run = ? AND answered_at IS NULL";
    /// WeCom counts a request when it arrives, between the commit and the answer. So a send counts until a minute after
    /// its answer, and a send without an answer counts as made now. Later times were written before the clock was set
    /// back. Later months count too, for the same reason.
    SENDS_COUNTED = concat!(sends_counted!(), ")") => concat!(sends_counted!(), " AND ", own_holds!(), ")");
    SENDS_NTH_NEWEST = "SELECT answered_at AS until FROM sends WHERE corp = ?1 AND answered_at > ?2 AND answered_at <= ?5 \
                        UNION ALL SELECT CAST(?3 AS BIGINT) FROM sends WHERE corp = ?1 AND answered_at IS NULL \
                        ORDER BY until DESC LIMIT 1 OFFSET ?4";
    SENDS_COUNT = "INSERT INTO sends_by_month (corp, month, sends) VALUES (?, ?, ?) \
                   ON CONFLICT (corp, month) DO UPDATE SET sends = sends_by_month.sends + excluded.sends";

    // Uploads
    MEDIA_ID = "SELECT media_id FROM media WHERE corp = ? AND sha256 = ? AND uploaded_at > ?";
    MEDIA_PUT = "INSERT INTO media (corp, sha256, media_id, uploaded_at) VALUES (?, ?, ?, ?) \
                 ON CONFLICT (corp, sha256) DO UPDATE SET media_id = excluded.media_id, uploaded_at = excluded.uploaded_at";
    MEDIA_FORGET = "DELETE FROM media WHERE corp = ? AND sha256 = ?";

    // Campaigns
    CAMPAIGNS_KNOWN = "SELECT campaign, fingerprint, since, terms FROM campaigns WHERE corp = ? AND campaign > ? \
                       ORDER BY campaign LIMIT ?";
    CAMPAIGNS_IN_ANY_CORP = "SELECT DISTINCT campaign FROM campaigns"
        => "SELECT DISTINCT campaign FROM campaigns WHERE current_setting('drumbeat.corp') IN ('', corp)";
    CAMPAIGN_PUT = "INSERT INTO campaigns (corp, campaign, fingerprint, since, terms) VALUES (?, ?, ?, ?, ?) \
                    ON CONFLICT (corp, campaign) DO UPDATE SET fingerprint = excluded.fingerprint, since = excluded.since, \
                    terms = excluded.terms";
    CAMPAIGN_FORGET = "DELETE FROM campaigns WHERE corp = ? AND campaign = ?";
    WATERMARK = "SELECT watermark FROM watermarks WHERE corp = ?";
    WATERMARK_REACHED = "SELECT EXISTS (SELECT 1 FROM watermarks WHERE corp = ?1 AND watermark >= ?2)";
    WATERMARK_PUT = "INSERT INTO watermarks (corp, watermark) VALUES (?1, ?2) \
                     ON CONFLICT (corp) DO UPDATE SET watermark = \
                     CASE WHEN excluded.watermark > watermarks.watermark THEN excluded.watermark ELSE watermarks.watermark END";

    WATERMARK_REWIND = "UPDATE watermarks SET watermark = ?2 WHERE corp = ?1 AND watermark > ?2";
    CAMPAIGNS_REWIND = "UPDATE campaigns SET since = ?2 WHERE corp = ?1 AND since > ?2";

    // Holds
    HOLDS = concat!("SELECT ", hold_columns!(), " FROM holds ORDER BY hold")
        => concat!("SELECT ", hold_columns!(), " FROM holds WHERE ", own_holds!(), " ORDER BY hold");
    /// The hold of the corp before the one on all corps.
    HOLD_IN_FORCE = concat!("SELECT ", hold_columns!(), " FROM holds WHERE corp IS ? AND campaign IS ? AND lifted_at IS NULL")
        => concat!(
            "SELECT ", hold_columns!(), " FROM holds WHERE corp IS NOT DISTINCT FROM $1 AND campaign IS NOT DISTINCT FROM $2 \
             AND lifted_at IS NULL AND store IN ('', current_setting('drumbeat.corp')) ORDER BY store DESC LIMIT 1"
        );
    HOLDS_OPEN = concat!("SELECT ", hold_columns!(), " FROM holds WHERE lifted_at IS NULL ORDER BY hold DESC")
        => concat!("SELECT ", hold_columns!(), " FROM holds WHERE lifted_at IS NULL AND ", own_holds!(), " ORDER BY hold DESC");
    HOLD_NEWEST_OPEN = concat!(
        "SELECT ", hold_columns!(), " FROM holds WHERE lifted_at IS NULL AND (corp IS NULL OR corp = ?) \
         AND (campaign IS NULL OR campaign = ?) ORDER BY hold DESC LIMIT 1"
    ) => concat!(
        "SELECT ", hold_columns!(), " FROM holds WHERE lifted_at IS NULL AND (corp IS NULL OR corp = $1) \
         AND (campaign IS NULL OR campaign = $2) AND ", own_holds!(), " ORDER BY hold DESC LIMIT 1"
    );
    HOLD_INSERT = "INSERT INTO holds (corp, campaign, laid_at, laid_by, reason, cause) VALUES (?, ?, ?, ?, ?, ?)"
        => "INSERT INTO holds (corp, campaign, laid_at, laid_by, reason, cause) VALUES ($1, $2, $3, $4, $5, $6) RETURNING hold";
    HOLD_LIFT = "UPDATE holds SET lifted_at = ?, lifted_by = ?, catch_up = ? WHERE hold = ?";

    // Acknowledgements
    /// Runs every few seconds, with perhaps ten thousand recent runs: reads the index only.
    ACKS_TO_POLL = concat!(
        "SELECT runs.run, ack_progress.next_at FROM runs INDEXED BY runs_posted \
         LEFT JOIN ack_progress ON ack_progress.run = runs.key WHERE corp = ", corp!(), " AND updated_at > ?2 \
         AND state IN ('created', 'partial') AND (asked_at IS NULL OR next_at IS NOT NULL) ORDER BY updated_at"
    );
    ACK_PROGRESS = concat!("SELECT asked_at, asked, next_at, trouble FROM ack_progress WHERE run = ", key!());
    ACK_PROGRESS_PUT = concat!(
        "INSERT INTO ack_progress (run, asked_at, asked, next_at, trouble) \
         SELECT key, CAST(?3 AS BIGINT), CAST(?4 AS BIGINT), CAST(?5 AS BIGINT), CAST(?6 AS TEXT) FROM runs WHERE corp = ", corp!(), " AND run = ?2 \
         ON CONFLICT (run) DO UPDATE SET asked_at = excluded.asked_at, asked = excluded.asked, \
         next_at = excluded.next_at, trouble = excluded.trouble"
    );
    ACKS_OF_RUN = "SELECT name AS member, posted_at FROM ack_runs JOIN member_acks USING (ack) \
                     JOIN members USING (member) WHERE ack_runs.corp = ? AND run = ? ORDER BY posted_at IS NOT NULL, name";
    ACK_RUN = "SELECT ack FROM ack_runs WHERE corp = ? AND run = ?";
    ACK_RUN_PUT = "INSERT INTO ack_runs (corp, run) VALUES (?, ?)" => "INSERT INTO ack_runs (corp, run) VALUES ($1, $2) RETURNING ack";
    MEMBER = "SELECT member FROM members WHERE corp = ? AND name = ?";
    MEMBER_PUT = "INSERT INTO members (corp, name) VALUES (?, ?)" => "INSERT INTO members (corp, name) VALUES ($1, $2) RETURNING member";
    ACK_PUT = "INSERT INTO member_acks (ack, member, posted_at) VALUES (?, ?, ?) ON CONFLICT (ack, member) DO UPDATE \
               SET posted_at = excluded.posted_at WHERE member_acks.posted_at IS NULL AND excluded.posted_at IS NOT NULL";

    // Reminders of members
    /// The key of the members' row, and how long after its creation the last reminders of a moment were due.
    NUDGES_DUE = concat!(
        "SELECT runs.run, updated_at, nudged_age FROM runs INDEXED BY runs_posted \
         LEFT JOIN ack_progress ON ack_progress.run = runs.key WHERE corp = ", corp!(), " AND updated_at > ?2 AND updated_at <= ?3 \
         AND state IN ('created', 'partial') AND (asked_at IS NULL OR next_at IS NOT NULL) ORDER BY updated_at"
    );
    NUDGED_AGE_PUT = concat!("UPDATE ack_progress SET nudged_age = ?3 WHERE run = ", key!());
    /// At most two for each run and member, and none since ?6.
    NUDGE_PUT = "INSERT INTO nudges (ack, member, number, at, person) \
                 SELECT ack, member, 1 + (SELECT count(*) FROM nudges WHERE (nudges.ack, nudges.member) = (ack_runs.ack, members.member)), \
                 CAST(?4 AS BIGINT), CAST(?5 AS TEXT) FROM ack_runs JOIN members USING (corp) WHERE corp = ?1 AND run = ?2 AND name = ?3 \
                 AND (SELECT count(*) FROM nudges WHERE (nudges.ack, nudges.member) = (ack_runs.ack, members.member)) < 2 \
                 AND NOT EXISTS (SELECT 1 FROM nudges WHERE (nudges.ack, nudges.member) = (ack_runs.ack, members.member) AND at >= ?6) \
                 ON CONFLICT DO NOTHING";
    NUDGE_OUTCOME = concat!("UPDATE nudges SET outcome = ?4 WHERE ", nudge!());
    /// What was not sent does not count.
    NUDGE_REMOVE = concat!("DELETE FROM nudges WHERE ", nudge!());
    NUDGES_OF_RUN = "SELECT name AS member, number, at, person, outcome FROM ack_runs JOIN nudges USING (ack) \
                     JOIN members USING (member) WHERE ack_runs.corp = ? AND run = ? ORDER BY at, name";
    NUDGES_REMOVE = "DELETE FROM nudges WHERE (ack, member, number) IN (SELECT ack, member, number FROM nudges WHERE ack = ? LIMIT ?)";

    // Results of posted runs
    RESULTS_DUE = concat!(
        "SELECT runs.run, updated_at, (SELECT max(age) FROM result_sweeps WHERE result_sweeps.run = runs.key) AS age \
         FROM runs INDEXED BY runs_posted WHERE corp = ", corp!(), " AND updated_at > ?2 AND updated_at <= ?3 \
         AND state IN ('created', 'partial') ORDER BY updated_at"
    );
    RESULT_PUT = concat!(
        "INSERT INTO results (run, age, member, department, customers, likes, comments, errcode) \
         SELECT key, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM runs WHERE corp = ", corp!(), " AND run = ?2 \
         ON CONFLICT (run, age, member) DO UPDATE SET department = excluded.department, customers = excluded.customers, \
         likes = excluded.likes, comments = excluded.comments, errcode = excluded.errcode"
    );
    RESULT_SWEEP_PUT = concat!(
        "INSERT INTO result_sweeps (run, age, asked_at, members, posted, errcode) \
         SELECT key, ?3, ?4, ?5, ?6, ?7 FROM runs WHERE corp = ", corp!(), " AND run = ?2 ON CONFLICT DO NOTHING"
    );
    RESULT_SWEEPS = concat!(
        "SELECT age, asked_at, members, posted, errcode, summed FROM result_sweeps WHERE run = ", key!(), " ORDER BY age"
    );
    RESULTS_OF_SWEEP = concat!(
        "SELECT member, department, customers, likes, comments, errcode FROM results WHERE run = ", key!(),
        " AND age = ?3 ORDER BY member"
    );
    RESULTS_OF_RUN = concat!(
        "SELECT age, member, department, customers, likes, comments, errcode FROM results WHERE run = ", key!(),
        " ORDER BY age, member"
    );
    /// The oldest sweep whose results are still kept for each member.
    RESULT_SWEEP_TO_SUM = "SELECT run, age FROM result_sweeps INDEXED BY result_sweeps_with_members \
                           WHERE summed = 0 AND asked_at < ? ORDER BY asked_at LIMIT 1"
        => "SELECT result_sweeps.run, age FROM result_sweeps JOIN runs ON key = result_sweeps.run JOIN corps ON id = runs.corp \
            WHERE summed = 0 AND asked_at < $1 AND current_setting('drumbeat.corp') IN ('', name) ORDER BY asked_at LIMIT 1";
    /// One row for each reason and department, so that the reports by department stay right.
    RESULTS_SUMS = "SELECT department, errcode, CAST(sum(customers) AS BIGINT), CAST(sum(likes) AS BIGINT), \
                    CAST(sum(comments) AS BIGINT), count(*) FROM results \
                    WHERE run = ? AND age = ? GROUP BY department, errcode";
    RESULTS_OF_MEMBERS_REMOVE = "DELETE FROM results WHERE run = ? AND age = ?";
    RESULT_SUM_PUT = "INSERT INTO results (run, age, member, department, customers, likes, comments, errcode) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    RESULT_SWEEP_SUMMED = "UPDATE result_sweeps SET summed = 1 WHERE run = ? AND age = ?";
    RESULTS_REMOVE = concat!("DELETE FROM results WHERE run = ", key!());
    RESULT_SWEEPS_REMOVE = concat!("DELETE FROM result_sweeps WHERE run = ", key!());

    // Export and removal of old runs
    EXPORT_RUNS = concat!(
        "SELECT ", columns!(), " FROM runs INDEXED BY runs_of_corp WHERE corp = ", corp!(), " AND due < ?2 AND over = 1 \
         AND needs_person = 0 AND updated_at < ?2 AND latest < ?2 ORDER BY due LIMIT ?3"
    );
    EXPORT_MEMBERS = "SELECT name AS member, posted_at FROM ack_runs JOIN member_acks USING (ack) \
                      JOIN members USING (member) WHERE ack_runs.corp = ? AND run = ? ORDER BY name";
    EXPORTED_BYTES = "SELECT bytes FROM exports WHERE month = ?"
        => "SELECT bytes FROM exports WHERE store = current_setting('drumbeat.corp') AND month = $1";
    EXPORTED_BYTES_PUT = "INSERT INTO exports (month, bytes) VALUES (?, ?) ON CONFLICT (month) DO UPDATE SET bytes = excluded.bytes"
        => "INSERT INTO exports (month, bytes) VALUES ($1, $2) ON CONFLICT (store, month) DO UPDATE SET bytes = excluded.bytes";
    PAST_RUN_PUT = "INSERT INTO past_runs (corp, run) VALUES (?, ?) ON CONFLICT DO NOTHING";
    EVENTS_REMOVE = concat!("DELETE FROM events WHERE run = ", key!());
    ACK_PROGRESS_REMOVE = concat!("DELETE FROM ack_progress WHERE run = ", key!());
    RUN_REMOVE = concat!("DELETE FROM runs WHERE corp = ", corp!(), " AND run = ?2");
    ACK_RUN_PAST = "SELECT ack FROM ack_runs CROSS JOIN past_runs USING (corp, run) LIMIT 1"
        => "SELECT ack FROM ack_runs JOIN past_runs USING (corp, run) WHERE current_setting('drumbeat.corp') IN ('', corp) LIMIT 1";
    ACKS_REMOVE = "DELETE FROM member_acks WHERE (ack, member) IN (SELECT ack, member FROM member_acks WHERE ack = ? LIMIT ?)";
    ACK_RUN_REMOVE = "DELETE FROM ack_runs WHERE ack = ?";
    /// Only for corps that a service has worked for.
    SENDS_REMOVE = "DELETE FROM sends WHERE seq IN \
                    (SELECT seq FROM sends WHERE corp IN (SELECT corp FROM watermarks) AND at < ? LIMIT ?)"
        => "DELETE FROM sends WHERE seq IN (SELECT seq FROM sends WHERE corp IN \
            (SELECT corp FROM watermarks WHERE current_setting('drumbeat.corp') IN ('', corp)) AND at < $1 LIMIT $2)";

    // A history that was moved to another store
    MOVED = "SELECT at, place FROM moved WHERE corp = ?";
    MOVED_PUT = "INSERT INTO moved (corp, at, place) VALUES (?, ?, ?) \
                 ON CONFLICT (corp) DO UPDATE SET at = excluded.at, place = excluded.place";
    MOVED_FORGET = "DELETE FROM moved WHERE corp = ?";
    /// A file is closed if the history of each of its corps was moved.
    MOVED_ALL = "SELECT at, place FROM moved WHERE NOT EXISTS \
                 (SELECT 1 FROM corps WHERE name NOT IN (SELECT corp FROM moved)) ORDER BY at DESC LIMIT 1"
        => "SELECT at, place FROM moved WHERE corp = current_setting('drumbeat.corp')";
    /// Whether there is anything of the corp; in a file, of any corp.
    HISTORY_BEGUN = "SELECT EXISTS (SELECT 1 FROM corps) OR EXISTS (SELECT 1 FROM watermarks) OR EXISTS (SELECT 1 FROM holds) \
                     OR EXISTS (SELECT 1 FROM media) OR EXISTS (SELECT 1 FROM sends_by_month) OR ?1 IS NULL"
        => "SELECT EXISTS (SELECT 1 FROM corps WHERE name = $1) OR EXISTS (SELECT 1 FROM watermarks WHERE corp = $1) \
            OR EXISTS (SELECT 1 FROM holds WHERE store = $1) OR EXISTS (SELECT 1 FROM media WHERE corp = $1) \
            OR EXISTS (SELECT 1 FROM sends_by_month WHERE corp = $1)";

    // The witness of a file
    WITNESS = "SELECT lineage, sends FROM witness";
    WITNESS_BEGIN = "INSERT OR REPLACE INTO witness (one, lineage, sends) VALUES (1, ?, 0)";
    WITNESS_COUNT = "UPDATE witness SET sends = sends + ?1 RETURNING lineage, sends - ?1 + 1";

    // The database
    PAGES = "SELECT page_count, freelist_count, page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        => "SELECT CAST(coalesce(sum(pg_total_relation_size(oid)), 0) AS BIGINT), CAST(0 AS BIGINT), CAST(1 AS BIGINT) \
            FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace(current_schema())";
}

server_statements! {
    // The connection
    CONNECTION = "SELECT pg_is_in_recovery(), CAST(current_setting('server_version_num') AS BIGINT) / 10000, \
                  current_setting('search_path'), current_setting('drumbeat.corp', true)";

    /// A standby server and a role may have other defaults.
    BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

    /// In transactions that write, nearly all statements go by a key: planning one again costs as much as running it.
    GENERIC_PLANS = "SET LOCAL plan_cache_mode = force_generic_plan";

    /// From now on this connection serves the corp $1.
    CORP_SET = "SELECT set_config('drumbeat.corp', $1, false)";

    // Bytes that replicas share
    SEALED = "SELECT bytes FROM sealed WHERE name = $1";
    SEALED_PUT = "INSERT INTO sealed (name, bytes) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes";

    // Removal of a corp
    REMOVAL = "SELECT set_config('drumbeat.removal', current_setting('drumbeat.corp'), true)";

    /// The server's identifier and its timeline. `pg_control_checkpoint` has the old one until the next checkpoint.
    ORIGIN = "SELECT CAST(system_identifier AS TEXT) || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) \
              FROM pg_control_system()";

    /// For `doctor`. Who is connected is visible with the rights of `pg_monitor`.
    SERVER_STATE = "SELECT current_setting('server_version'), current_setting('synchronous_standby_names'), \
                    current_setting('synchronous_commit'), current_setting('fsync') = 'on', \
                    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false), \
                    inet_client_addr() IS NOT NULL AND NOT inet_client_addr() << '127.0.0.0/8' AND inet_client_addr() <> '::1', \
                    CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT), \
                    pg_has_role('pg_monitor', 'USAGE') OR current_setting('is_superuser') = 'on', \
                    (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'), \
                    (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum'))";

    // The format
    SCHEMA = "SELECT to_regnamespace($1) IS NOT NULL, EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace($1) \
              AND relname = 'drumbeat_format'), (SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace($1))";
    FORMAT = "SELECT format FROM drumbeat_format";
    FORMAT_PUT = "INSERT INTO drumbeat_format (one, format) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET format = excluded.format";

    // Leases: corp $1, marker $2, token $3. All times are the server's.
    /// Begins each transaction that writes.
    LEASE_PUT = "INSERT INTO leases (name, changes, markers) VALUES ($1, 1, ARRAY[$2::BIGINT]) ON CONFLICT (name) DO UPDATE \
                 SET changes = leases.changes + 1, markers = (ARRAY[$2::BIGINT] || leases.markers)[1:32]"
        => "INSERT INTO leases (name, changes, markers) VALUES (?1, 1, ',' || ?2 || ',') ON CONFLICT (name) DO UPDATE \
            SET changes = changes + 1, markers = substr(',' || ?2 || markers, 1, 640)";
    /// The same for a transaction that permits requests: the lease outlives it by 25 s.
    LEASE_COUNT_OWN = concat!("UPDATE leases SET changes = changes + 1, markers = (ARRAY[$2::BIGINT] || markers)[1:32], \
                       valid_until = clock_timestamp() + INTERVAL '25 s', \
                       is_synchronous = ", synchronous!(), " WHERE name = $1 AND owner = $3")
        => "UPDATE leases SET changes = changes + 1, markers = substr(',' || ?2 || markers, 1, 640), \
            valid_until = clock_timestamp() + 25000, is_synchronous = synchronous() WHERE name = ?1 AND owner = ?3";
    /// A hold on all corps counts in the row without a name.
    LEASE_COUNT = "SELECT CAST(coalesce(sum(changes), 0) AS BIGINT) FROM leases WHERE name IN ($1, '')"
        => "SELECT coalesce(sum(changes), 0) FROM leases WHERE name IN (?1, '')";
    /// Waits for a transaction that has not ended.
    LEASE_COMMITTED = "INSERT INTO leases (name, changes, markers) VALUES ($1, 0, '{}') \
                       ON CONFLICT (name) DO UPDATE SET changes = leases.changes RETURNING $2::BIGINT = ANY (markers)"
        => "SELECT instr(markers, ',' || ?2 || ',') > 0 FROM leases WHERE name = ?1";
    LEASE_TAKE = "UPDATE leases SET \
                  owner = CASE WHEN owner IS NULL OR valid_until < clock_timestamp() THEN $2 ELSE owner END, \
                  owner_name = CASE WHEN owner IS NULL OR valid_until < clock_timestamp() THEN $3 ELSE owner_name END, \
                  valid_until = CASE WHEN owner IS NULL OR valid_until < clock_timestamp() \
                  THEN clock_timestamp() + INTERVAL '25 s' ELSE valid_until END, \
                  is_ready = is_ready AND owner IS NOT NULL AND valid_until >= clock_timestamp() \
                  WHERE name = $1 RETURNING owner, owner_name"
        => "UPDATE leases SET \
            owner = CASE WHEN owner IS NULL OR valid_until < clock_timestamp() THEN ?2 ELSE owner END, \
            owner_name = CASE WHEN owner IS NULL OR valid_until < clock_timestamp() THEN ?3 ELSE owner_name END, \
            valid_until = CASE WHEN owner IS NULL OR valid_until < clock_timestamp() \
            THEN clock_timestamp() + 25000 ELSE valid_until END WHERE name = ?1 RETURNING owner, owner_name";
    LEASE_RENEW = "UPDATE leases SET valid_until = clock_timestamp() + INTERVAL '25 s' WHERE name = $1 AND owner = $2"
        => "UPDATE leases SET valid_until = clock_timestamp() + 25000 WHERE name = ?1 AND owner = ?2";
    /// Renews the leases of many corps, given as JSON with the readiness of their service. One that a transaction has locked
    /// is left out: such a row must not delay the others.
    LEASES_RENEW = "UPDATE leases SET valid_until = clock_timestamp() + INTERVAL '25 s', is_ready = mine.ready FROM \
                    (SELECT name, ready FROM leases \
                    JOIN json_to_recordset(CAST($1 AS json)) AS own (token BIGINT, corp TEXT, ready BOOLEAN) \
                    ON name = own.corp AND owner = own.token FOR UPDATE OF leases SKIP LOCKED) AS mine \
                    WHERE leases.name = mine.name RETURNING leases.owner";
    LEASE_OWNER = "SELECT owner FROM leases WHERE name = $1";
    /// The list of the machine that worked last, the server that it worked on, whether its commits waited for a standby, and
    /// how many sends of the list $2 the server has.
    LEASE_LOG = "SELECT owner = $3, log, origin, is_synchronous, coalesce((SELECT sends FROM send_logs \
                 WHERE corp = leases.name AND send_logs.log = $2), 0) FROM leases WHERE name = $1"
        => "SELECT owner = ?3, log, origin, is_synchronous, coalesce((SELECT sends FROM send_logs \
            WHERE corp = leases.name AND send_logs.log = ?2), 0) FROM leases WHERE name = ?1";
    LEASE_LOG_PUT = concat!("UPDATE leases SET log = $2, origin = $3, is_synchronous = ", synchronous!(), " WHERE name = $1")
        => "UPDATE leases SET log = ?2, origin = ?3, is_synchronous = synchronous() WHERE name = ?1";
    /// From now on the server has $3 sends of a list.
    SEND_LOG_PUT = "INSERT INTO send_logs (corp, log, sends, used_at) VALUES ($1, $2, $3, clock_timestamp()) \
                    ON CONFLICT (corp, log) DO UPDATE SET sends = excluded.sends, used_at = excluded.used_at"
        => "INSERT INTO send_logs (corp, log, sends, used_at) VALUES (?1, ?2, ?3, clock_timestamp()) \
            ON CONFLICT (corp, log) DO UPDATE SET sends = excluded.sends, used_at = excluded.used_at";
    /// Forgets lists of machines that are gone. If one comes back, it has more sends than the server.
    SEND_LOGS_FORGET = "DELETE FROM send_logs WHERE corp = $1 AND used_at < clock_timestamp() - INTERVAL '1 year'"
        => "DELETE FROM send_logs WHERE corp = ?1 AND used_at < clock_timestamp() - 31536000000";
    /// Counts $1 sends of the machine that works, and returns the number of the first.
    SEND_LOG_COUNT = "UPDATE send_logs SET sends = sends + $1 FROM leases WHERE leases.name = current_setting('drumbeat.corp') \
                      AND send_logs.corp = leases.name AND send_logs.log = leases.log \
                      RETURNING send_logs.log, sends - $1 + 1"
        => "UPDATE send_logs SET sends = sends + ?1 WHERE log = (SELECT log FROM leases) RETURNING log, sends - ?1 + 1";
    /// Who works for which corp.
    /// With whether this user may write: a service that waits could not take over otherwise.
    LEASES_TAKEN = "SELECT name, owner_name, is_ready, has_table_privilege('leases', 'UPDATE') AND has_table_privilege('runs', 'UPDATE') \
                    FROM leases WHERE owner IS NOT NULL AND valid_until >= clock_timestamp()";
    LEASE_RELEASE = "UPDATE leases SET owner = NULL, owner_name = NULL, valid_until = NULL WHERE name = $1 AND owner = $2"
        => "UPDATE leases SET owner = NULL, owner_name = NULL, valid_until = NULL WHERE name = ?1 AND owner = ?2";
}

mod tables;

pub(super) use tables::{REMOVE_CORP, TABLES, Table};

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::Connection;

    use super::*;
    use crate::store::sqlite::schema;

    /// Tables that grow without limit.
    const GROWING: [&str; 9] =
        ["runs", "events", "posts", "sends", "member_acks", "nudges", "past_runs", "results", "result_sweeps"];

    /// The steps of a query plan.
    fn plan(db: &Connection, sql: Sql) -> Vec<String> {
        let mut explain =
            db.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.sqlite)).expect("the statement can be explained");
        for place in 1..=explain.parameter_count() {
            explain.raw_bind_parameter(place, 1).expect("it takes a value");
        }
        let mut rows = explain.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next().expect("readable") {
            steps.push(row.get("detail").expect("a text"));
        }
        steps
    }

    /// Whether a step reads a whole table, or all rows of a corp. Open runs alone are few.
    fn scans_all(step: &str) -> bool {
        let Some((how, rest)) = step.split_once(' ') else { return false };
        let of_growing = rest.split(' ').next().is_some_and(|table| GROWING.contains(&table));
        let all_of_corp = rest.ends_with("(corp=?)") && !rest.contains("runs_open");
        of_growing && (how == "SCAN" || all_of_corp)
    }

    #[test]
    fn no_statement_scans_all_runs_events_or_sends() {
        let mut db = Connection::open_in_memory().expect("memory holds a store");
        schema::migrate(&mut db).expect("the newest form");
        for (name, sql) in ALL {
            let steps = plan(&db, *sql);
            assert!(!steps.iter().any(|step| scans_all(step)), "{name}: {steps:#?}");
        }
        // A page sorts nothing, except the few open runs and those of one campaign.
        for sql in [PAGE, PAGE_IN_STATE, PAGE_BACK, PAGE_BACK_IN_STATE, RUNS_DUE] {
            let steps = plan(&db, sql);
            assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{sql:?}: {steps:#?}");
        }
    }

    #[test]
    fn a_scan_is_found() {
        let mut db = Connection::open_in_memory().expect("memory holds a store");
        schema::migrate(&mut db).expect("the newest form");
        for sql in [
            "SELECT * FROM runs WHERE run = ?",
            "SELECT * FROM runs WHERE (?1 IS NULL OR corp = ?1) ORDER BY due",
            "SELECT count(*) FROM sends",
            "SELECT * FROM runs WHERE corp = ?1 AND (?2 IS NULL OR due > ?2)",
            "UPDATE runs SET asked = 0 WHERE jobid = ?",
            "DELETE FROM member_acks WHERE member = ?",
        ] {
            assert!(plan(&db, Sql { sqlite: sql, postgres: None }).iter().any(|step| scans_all(step)), "{sql}");
        }
    }

    #[test]
    fn placeholders_and_indexes_are_translated() {
        let sql = "SELECT a FROM runs INDEXED BY runs_open WHERE b = ?2 AND c = ?12 LIMIT ?4";
        assert_eq!(translated(sql), "SELECT a FROM runs WHERE b = $2 AND c = $12 LIMIT $4");
        assert_eq!(translated("VALUES (?, ?)"), "VALUES ($1, $2)");
    }

    #[test]
    fn statements_are_in_this_file_only() {
        let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
        for entry in walkdir::WalkDir::new(store).into_iter().map(|entry| entry.expect("readable")) {
            let path = entry.path();
            let has_statements = path.ends_with("statements.rs")
                || path.ends_with("schema/steps.rs")
                || path.ends_with("statements/tables.rs")
                // The one place that prepares them.
                || path.ends_with("store/connection.rs");
            if has_statements || path.extension().is_none_or(|end| end != "rs") {
                continue;
            }
            let text = std::fs::read_to_string(path).expect("sources are UTF-8");
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for way in [".prepare(", ".prepare_cached(", "\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE ", "\"WITH "]
            {
                let found = text.lines().find(|line| line.contains(way) && !line.contains("FROM sqlite_schema"));
                assert_eq!(found, None, "{} has a statement: it belongs into statements.rs", path.display());
            }
        }
    }
}
