//! Checks without a network: the store, its disk, git.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::CheckOutcome;
use crate::book::Corp;
use crate::book_watcher::BookLocation;
use crate::git;
use crate::invocation::command;
use crate::load::load_active;
use crate::source::Source;
use crate::store::{Address, Growth, Store, StoreError, Wait};
use crate::text::{Text, UserError as _};

/// Free bytes below which the disk is doubtful: a year of history needs far less.
const LOW_FREE_BYTES: u64 = 500 * 1024 * 1024;
/// Free bytes below which the service stops soon.
const MIN_FREE_BYTES: u64 = 20 * 1024 * 1024;

/// A disk that will be full in fewer days is doubtful.
const MIN_DAYS: u64 = 90;

/// How long a repository may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// A setting that `run` refuses.
pub fn setting(why: &Text) -> CheckOutcome {
    let todo = text!(en: "correct it: `{run}` does not start with it", zh: "请改正：不改的话 `{run}` 不会启动", run = command("run"));
    CheckOutcome::failed("settings", why.clone(), todo)
}

/// A key of the service file that is accepted under its former name.
pub(super) fn renamed_key(former: &str, now: &str) -> CheckOutcome {
    let what = text!(
        en: "the key `{former}` of the service file has a new name; the former one is still accepted",
        zh: "服务配置文件里的 `{former}` 已经改名，旧名称暂时还能用"
    );
    CheckOutcome::warning("settings", what, text!(en: "write `{now}`", zh: "请改写成 `{now}`"))
}

/// Whether the book exists at its location.
pub(super) async fn book(place: &Result<BookLocation, Text>) -> CheckOutcome {
    let check = "book";
    match place {
        Err(why) => CheckOutcome::failed(check, why.clone(), text!(en: "correct the settings", zh: "请改正设置")),
        Ok(BookLocation::Directory { book, .. }) => match Source::directory(book) {
            Ok(source) => {
                let shown = book.display();
                let found = text!(en: "the directory {shown} exists", zh: "已找到 `{shown}`");
                let loaded = load_active(&source, &Corp::default());
                match loaded.map(|loaded| loaded.uncommitted).unwrap_or_default().first() {
                    None => CheckOutcome::passed(check, found),
                    Some(first) => {
                        let what = text!(
                            en: "{found}; campaigns such as `{first}` have changes that are not committed to git, so they \
                                 may be unreviewed",
                            zh: "{found}；活动 `{first}` 等有改动还没有提交到 git，可能没有人审核过",
                            found = found
                        );
                        let todo = text!(
                            en: "commit or undo them (`git status` lists them): they are posted as they are",
                            zh: "请提交或者撤销（`git status` 会列出）：服务会照现在的内容发表"
                        );
                        CheckOutcome::warning(check, what, todo)
                    }
                }
            }
            Err(error) => {
                let todo = text!(
                    en: "set DRUMBEAT_BOOK, or name the directory in the service file",
                    zh: "请设置 `DRUMBEAT_BOOK`，或者在服务配置文件里指定目录"
                );
                CheckOutcome::failed(check, error.with_causes(), todo)
            }
        },
        Ok(BookLocation::Git(remote)) => {
            let todo = text!(
                en: "check the address, the branch and git's credentials, as the user that runs Drumbeat",
                zh: "请以运行 Drumbeat 的用户身份，检查地址、分支和 git 的凭据"
            );
            let address = match git::Address::parse(remote.url.expose()) {
                Ok(address) => address,
                Err(why) => return CheckOutcome::failed(check, why.text(), todo),
            };
            let (branch, repository) = (&remote.branch, address.bare());
            match git::has_branch(&address, branch, ANSWER_TIMEOUT.min(remote.time_limit)).await {
                Ok(true) => {
                    let what = text!(
                        en: "{repository} answers and has the branch `{branch}`",
                        zh: "`{repository}` 能访问，有分支 `{branch}`"
                    );
                    CheckOutcome::passed(check, what)
                }
                Ok(false) => {
                    let what = text!(
                        en: "{repository} answers but has no branch `{branch}`",
                        zh: "`{repository}` 能访问，但没有分支 `{branch}`"
                    );
                    CheckOutcome::failed(check, what, todo)
                }
                Err(error) => {
                    let what = text!(
                        en: "{repository} does not answer: {error}",
                        zh: "`{repository}` 无法访问：{error}",
                        error = error.with_causes()
                    );
                    CheckOutcome::failed(check, what, todo)
                }
            }
        }
    }
}

/// Whether the store is undamaged and writable.
fn try_out(address: &Address) -> Result<(), StoreError> {
    let store = Store::open_existing(address)?;
    store.check_integrity().wait()?;
    store.check_writable().wait()
}

pub(super) fn store(address: &Address) -> CheckOutcome {
    let check = "store";
    match try_out(address) {
        Ok(()) => {
            let what = text!(en: "{address} opens and can be written", zh: "`{address}` 能打开，也能写入");
            CheckOutcome::passed(check, what)
        }
        Err(error) if error.is_not_there() => {
            let dir = address.directory();
            if dir.is_dir() {
                let what = text!(
                    en: "{address} does not exist yet; `{run}` creates it",
                    zh: "`{address}` 还不存在，`{run}` 会创建它",
                    run = command("run")
                );
                return CheckOutcome::passed(check, what);
            }
            let dir = dir.display();
            let what = text!(en: "directory {dir} of the store not found", zh: "找不到存放记录库的目录 `{dir}`");
            let todo = text!(
                en: "create it, or set DRUMBEAT_STORE to a file in an existing one",
                zh: "请创建它，或者把 `DRUMBEAT_STORE` 设为现有目录里的文件"
            );
            CheckOutcome::failed(check, what, todo)
        }
        Err(error) => {
            let (what, todo) = error.what_and_help();
            CheckOutcome::failed(check, what, todo)
        }
    }
}

pub(super) fn disk(address: &Address, now: DateTime<Utc>) -> CheckOutcome {
    let check = "disk";
    let dir = address.directory();
    let room = match rustix::fs::statvfs(&dir) {
        Ok(about) => about.f_bavail.saturating_mul(about.f_frsize),
        Err(error) => {
            let dir = dir.display();
            let what = text!(en: "failed to read the free space of {dir}: {error}", zh: "无法查看 `{dir}` 的剩余空间：{error}");
            if matches!(address, Address::Postgres(_)) {
                let todo = text!(
                    en: "each send is recorded there: name a directory of this machine with `files=PATH`",
                    zh: "每次提交都要记在那里：请用 `files=目录` 指定本机的一个目录"
                );
                return CheckOutcome::failed(check, what, todo);
            }
            return CheckOutcome::skipped(check, what);
        }
    };
    let free = room / 1_000_000;
    let mut what = text!(en: "{free} MB are free on the disk of the store", zh: "记录库所在的磁盘还剩 {free} MB");
    if matches!(address, Address::Postgres(_)) {
        what = text!(en: "{free} MB are free here for the clone of the book and the list of sends", zh: "本机还剩 {free} MB，可以存放活动目录的副本和提交清单");
    }
    let growth = Store::open_existing(address).ok().filter(|store| store.path().is_some());
    let growth = growth.map(|store| store.growth(now).wait()).transpose().ok().flatten().flatten();
    let lasts = growth.map(|growth| days(room, growth));
    if let (Some(growth), Some(days)) = (growth, lasts) {
        let pace = growth.bytes_a_day * 30 / 1_000_000;
        what = text!(
            en: "{what}; the store grows by {pace} MB a month, so the space lasts for {lasts}",
            zh: "{what}；记录库每月增加 {pace} MB，还能用{lasts}",
            what = what,
            lasts = in_words(days)
        );
    }
    if room < MIN_FREE_BYTES {
        let todo = text!(
            en: "free space: on a full disk nothing can be recorded, so nothing is posted",
            zh: "请腾出空间：没有空间就无法记录，也就不会发表"
        );
        return CheckOutcome::failed(check, what, todo);
    }
    if lasts.is_some_and(|days| days < MIN_DAYS) {
        let todo = text!(
            en: "free space, or set `keep` in the service file: it exports and removes old runs",
            zh: "请腾出空间，或者在服务配置文件里设置 `keep`，把旧记录移出去"
        );
        return CheckOutcome::warning(check, what, todo);
    }
    if room < LOW_FREE_BYTES {
        let todo = text!(en: "free space before the disk is full", zh: "请在磁盘满之前腾出空间");
        return CheckOutcome::warning(check, what, todo);
    }
    CheckOutcome::passed(check, what)
}

/// How many days the disk lasts at this growth.
fn days(room: u64, growth: Growth) -> u64 {
    room.saturating_sub(MIN_FREE_BYTES).saturating_add(growth.reusable) / growth.bytes_a_day.max(1)
}

fn in_words(days: u64) -> Text {
    let (months, years) = (days / 30, days / 365);
    match days {
        0..=60 => text!(en: "about {days} days", zh: "大约 {days} 天"),
        61..=730 => text!(en: "about {months} months", zh: "大约 {months} 个月"),
        731..=36_500 => text!(en: "about {years} years", zh: "大约 {years} 年"),
        _ => text!(en: "more than 100 years", zh: " 100 年以上"),
    }
}

pub(super) fn git() -> CheckOutcome {
    let check = "git";
    match git::version() {
        Ok(version) => CheckOutcome::passed(check, Text::quoted(version)),
        Err(_) => {
            let todo = text!(
                en: "install it: following a repository and `plan --base` need it",
                zh: "请安装 git：跟踪仓库和 `drumbeat plan --base` 需要它"
            );
            CheckOutcome::warning(check, text!(en: "git not found", zh: "没有找到 git"), todo)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[track_caller]
    fn lasts(room_mb: u64, bytes_a_day: u64, words: &str) {
        let growth = Growth { bytes_a_day, reusable: 0 };
        assert_eq!(in_words(days(MIN_FREE_BYTES + room_mb * 1_000_000, growth)).get(Lang::En), words);
    }

    #[test]
    fn how_long_a_disk_lasts() {
        lasts(100, 10_000_000, "about 10 days");
        lasts(1_000, 3_300_000, "about 10 months");
        lasts(20_000, 3_300_000, "about 16 years");
        lasts(20_000, 0, "more than 100 years");
        assert_eq!(days(0, Growth { bytes_a_day: 1_000, reusable: 5_000 }), 5, "free space in the file counts");
    }
}
