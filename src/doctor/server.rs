//! Checks how the server of a store is set up: whether a failover or a power failure can lose what was posted.

use chrono::{DateTime, Utc};

use super::CheckOutcome;
use crate::duration;
use crate::store::{Address, ServerState, Standbys, Store, Wait};
use crate::text::Text;

/// A clock that differs more is wrong: times of the history and of the server's log cannot be compared.
const MAX_CLOCK_DIFFERENCE: u64 = 5;

const CHECK: &str = "database";

/// The findings on a server; none for a file, or if the store could not be opened, which is a finding of its own.
pub(super) fn server(address: &Address, now: impl Fn() -> DateTime<Utc>) -> Vec<CheckOutcome> {
    if !matches!(address, Address::Postgres(_)) {
        return Vec::new();
    }
    let Ok(store) = Store::open_existing(address) else {
        let what = text!(
            en: "the store was not opened, so the settings of its server were not checked",
            zh: "记录库没有打开，所以没有检查数据库服务器的设置"
        );
        return vec![CheckOutcome::skipped(CHECK, what)];
    };
    match store.server_state().wait() {
        Ok(state) => findings(&state, now()),
        Err(error) => {
            let (what, todo) = error.what_and_help();
            vec![CheckOutcome::failed(CHECK, what, todo)]
        }
    }
}

/// Judges the settings of a primary server: a standby is refused before.
fn findings(state: &ServerState, now: DateTime<Utc>) -> Vec<CheckOutcome> {
    let ServerState { version, .. } = state;
    let what = if state.is_encrypted {
        text!(en: "PostgreSQL {version}, the primary server, over TLS", zh: "PostgreSQL {version}，是主库，连接已加密")
    } else {
        text!(en: "PostgreSQL {version}, the primary server, without TLS", zh: "PostgreSQL {version}，是主库，连接没有加密")
    };
    let mut found = vec![if state.is_remote && !state.is_encrypted {
        let todo = text!(
            en: "remove `sslmode=disable` from the address, and give the server a certificate",
            zh: "请去掉地址里的 `sslmode=disable`，并给服务器配好证书"
        );
        CheckOutcome::warning(CHECK, what, todo)
    } else {
        CheckOutcome::passed(CHECK, what)
    }];
    found.push(replication(state));
    if !state.fsync {
        let what = text!(
            en: "the server has `fsync = off`: a power failure can lose what was posted, and then everything is on hold until a person has compared",
            zh: "服务器设了 `fsync = off`：断电会丢掉已发表的记录，那时会全部暂停，等人核对"
        );
        let todo = text!(en: "set `fsync = on`", zh: "请设为 `fsync = on`");
        found.push(CheckOutcome::failed(CHECK, what, todo));
    }
    let off = (state.now - now).abs().to_std().unwrap_or_default();
    if off.as_secs() > MAX_CLOCK_DIFFERENCE {
        let off = duration::show(std::time::Duration::from_secs(off.as_secs()));
        let what = text!(
            en: "the clocks of the database and of this machine differ by {off}",
            zh: "数据库的时钟和本机相差 {off}"
        );
        let todo = text!(en: "synchronize both with NTP", zh: "请用 NTP 校准两边的时钟");
        found.push(CheckOutcome::warning(CHECK, what, todo));
    }
    found
}

/// Whether a failover can lose commits.
fn replication(state: &ServerState) -> CheckOutcome {
    let (names, level) = (&state.synchronous_standby_names, &state.synchronous_commit);
    if names.is_empty() {
        return match state.standbys {
            Some(Standbys { all: 0, .. }) => CheckOutcome::passed(
                CHECK,
                text!(en: "no standby is connected, so there is no failover", zh: "没有连接备库，不会有主备切换"),
            ),
            _ => CheckOutcome::warning(CHECK, asynchronous(), make_synchronous()),
        };
    }
    if !["on", "remote_apply"].contains(&level.as_str()) {
        let what = text!(
            en: "`synchronous_commit` is `{level}`: a commit does not wait until a standby has it on disk",
            zh: "`synchronous_commit` 是 `{level}`：提交不会等备库写入磁盘"
        );
        let todo = text!(en: "set it to `on` for this user", zh: "请为这个用户设为 `on`");
        return CheckOutcome::warning(CHECK, what, todo);
    }
    match state.standbys {
        Some(Standbys { synchronous: 0, .. }) => {
            let what = text!(
                en: "commits wait for a standby (`{names}`), and none is connected: nothing can be posted",
                zh: "提交要等备库（`{names}`）确认，但没有备库连着：什么也发不出去"
            );
            let todo = text!(
                en: "start the standby, or correct `synchronous_standby_names`",
                zh: "请启动备库，或者改正 `synchronous_standby_names`"
            );
            CheckOutcome::failed(CHECK, what, todo)
        }
        Some(Standbys { synchronous, .. }) => CheckOutcome::passed(
            CHECK,
            text!(
                en: "commits wait for a standby (`{names}`; {synchronous} connected): a failover to it loses nothing",
                zh: "提交会等备库（`{names}`，已连接 {synchronous} 台）确认：切换到它不会丢记录"
            ),
        ),
        None => {
            let what = text!(
                en: "commits wait for a standby (`{names}`); whether it is connected is not visible to this user",
                zh: "提交会等备库（`{names}`）确认；这个用户看不到备库是否连着"
            );
            let todo =
                text!(en: "run `GRANT pg_monitor TO` this user", zh: "请对这个用户运行 `GRANT pg_monitor TO 用户`");
            CheckOutcome::warning(CHECK, what, todo)
        }
    }
}

fn asynchronous() -> Text {
    text!(
        en: "commits do not wait for a standby (`synchronous_standby_names` is empty): a failover can lose the last posts, and then \
             everything is on hold until a person has compared",
        zh: "提交不等备库确认（`synchronous_standby_names` 是空的）：主备切换可能丢掉最近的记录，那时会全部暂停，等人核对"
    )
}

fn make_synchronous() -> Text {
    text!(
        en: "set `synchronous_standby_names` (with Patroni: `synchronous_mode: true`)",
        zh: "请设置 `synchronous_standby_names`（用 Patroni 的话：`synchronous_mode: true`）"
    )
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::doctor::CheckStatus;
    use crate::text::Lang;

    fn good() -> ServerState {
        ServerState {
            version: "15.8".to_owned(),
            synchronous_standby_names: "*".to_owned(),
            synchronous_commit: "on".to_owned(),
            fsync: true,
            is_encrypted: true,
            is_remote: true,
            now: DateTime::UNIX_EPOCH,
            standbys: Some(Standbys { all: 1, synchronous: 1 }),
        }
    }

    /// The findings that are not good, each with the next act in both languages.
    #[track_caller]
    fn finds(state: &ServerState, expected: &[(CheckStatus, &str)]) {
        let found = findings(state, DateTime::UNIX_EPOCH);
        let bad: Vec<_> = found.iter().filter(|it| it.status != CheckStatus::Passed).collect();
        assert_eq!(bad.len(), expected.len(), "{bad:?}");
        for (outcome, (status, act)) in bad.into_iter().zip(expected) {
            let todo = outcome.todo.clone().expect("a next act");
            assert_eq!(outcome.status, *status, "{outcome:?}");
            for lang in [Lang::En, Lang::Zh] {
                assert!(todo.get(lang).contains(act), "{outcome:?}");
            }
        }
    }

    #[test]
    fn synchronous_primary_over_tls_is_good() {
        finds(&good(), &[]);
        let alone = ServerState {
            synchronous_standby_names: String::new(),
            standbys: Some(Standbys { all: 0, synchronous: 0 }),
            ..good()
        };
        finds(&alone, &[]);
        finds(&ServerState { is_encrypted: false, is_remote: false, ..good() }, &[]);
    }

    #[test]
    fn each_weakness_has_its_next_act() {
        let (warning, failed) = (CheckStatus::Warning, CheckStatus::Failed);
        finds(&ServerState { is_encrypted: false, ..good() }, &[(warning, "sslmode=disable")]);
        finds(
            &ServerState { synchronous_standby_names: String::new(), ..good() },
            &[(warning, "synchronous_mode: true")],
        );
        finds(&ServerState { synchronous_commit: "local".to_owned(), ..good() }, &[(warning, "`on`")]);
        finds(&ServerState { standbys: None, ..good() }, &[(warning, "pg_monitor")]);
        let none = Some(Standbys { all: 1, synchronous: 0 });
        finds(&ServerState { standbys: none, ..good() }, &[(failed, "synchronous_standby_names")]);
        finds(&ServerState { fsync: false, ..good() }, &[(failed, "fsync = on")]);
        let late = DateTime::UNIX_EPOCH + TimeDelta::seconds(6);
        finds(&ServerState { now: late, ..good() }, &[(warning, "NTP")]);
    }
}
