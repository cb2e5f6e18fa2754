//! Counts the customers of a corp: per department, per tag, and of whole audiences.
//!
//! WeCom has no such count, so every pair of a member and a customer is read once, 100 a call. Only counts are kept. What
//! was read is in a progress file until the end, so an interruption loses at most one batch of members; it has numbers
//! in place of external user ids, which mean nothing without the app's secret.

mod progress;
mod tally;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};

use crate::limits::BEIJING;
use crate::post::{Audience, Count};
use crate::text::{Text, UserError};
use crate::wecom::{Error, Pace, WeCom};
use progress::Progress;
pub use progress::ProgressError;
use tally::{Scope, Tally};

/// Members per batch: after each, the progress is written. A batch of 100 would save few calls and lose more.
const BATCH: usize = 20;
/// WeCom's code for a department that it lists but does not show to the app.
const NOT_SHOWN: i64 = 60011;
/// WeCom's code if no member of a call has a licence.
const NO_LICENCE: i64 = 701_008;
/// WeCom's codes for a member who has left or is out of scope since the list was read.
const GONE: [i64; 4] = [40003, 46004, 60111, 84061];

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub counted_on: NaiveDate,
    pub total: Count,
    pub departments: BTreeMap<u64, Count>,
    pub tags: BTreeMap<String, Count>,
    /// In the order in which they were asked for, each with its lists in order.
    pub audiences: Vec<(Audience, Count)>,
    /// Audiences with a department that WeCom does not show: no number is right for them.
    pub unseen: Vec<Audience>,
    /// Members whose customers WeCom does not give out.
    pub unlicensed: Vec<String>,
    /// Members who left while they were counted.
    pub gone: Vec<String>,
    /// Departments that WeCom does not show.
    pub hidden: Vec<u64>,
    /// Requests to WeCom.
    pub calls: u64,
}

/// Why nothing was counted.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    #[error("a call failed")]
    Call(#[from] Error),
    #[error("the progress cannot be kept")]
    Progress(#[from] ProgressError),
}

impl UserError for CountError {
    fn text(&self) -> Text {
        match self {
            Self::Call(error) => {
                text!(en: "{error}; {help}", zh: "{error}；{help}", error = error.text(), help = error.help())
            }
            Self::Progress(ProgressError { path, source }) => {
                let path = path.display();
                text!(en: "failed to write `{path}`: {source}", zh: "无法写入 `{path}`：{source}")
            }
        }
    }
}

/// What happens while it counts.
#[derive(Debug)]
pub enum Step<'a> {
    /// An earlier count was interrupted; the customers of these members are known already.
    Resumed { members: usize },
    /// A call is repeated after a pause.
    Waits { error: &'a Error, pause: Duration },
    /// The customers of so many members are counted.
    Members { done: usize, of: usize },
}

/// Counts all members in the app's scope, and each of these audiences. `progress` is the file for an interruption.
///
/// # Errors
/// WeCom refuses a call or cannot be reached, or the progress file cannot be written. A count that lacks something that
/// is not reported is never returned.
pub async fn count(
    wecom: &WeCom,
    pace: &Pace,
    audiences: &[Audience],
    progress: &Path,
    now: DateTime<Utc>,
    mut tell: impl FnMut(Step<'_>),
) -> Result<Counted, CountError> {
    let mut counted = Counted { counted_on: now.with_timezone(&BEIJING).date_naive(), ..Counted::default() };
    let mut calls = 0;
    // A macro: an async closure cannot lend the pages of a list.
    macro_rules! ask {
        ($call:expr) => {{
            let mut tries = 0;
            loop {
                pace.turn().await;
                calls += 1;
                tries += 1;
                let error = match $call.await {
                    Ok(answer) => break Ok(answer),
                    Err(error) => error,
                };
                let Some(pause) = Pace::pause(&error, tries) else { break Err(error) };
                tell(Step::Waits { error: &error, pause });
                pace.clock.sleep(pause).await;
            }
        }};
    }
    let members: BTreeSet<String> = ask!(wecom.follow_users())?.into_iter().collect();
    let mut scope = Scope::new(members, ask!(wecom.department_tree())?);
    for id in scope.departments().collect::<Vec<_>>() {
        match ask!(wecom.members_of(id)) {
            Ok(members) => scope.put(id, members),
            Err(error) if error.errcode() == Some(NOT_SHOWN) => counted.hidden.push(id),
            Err(error) => return Err(error.into()),
        }
    }
    let mut progress = Progress::open(progress, wecom, now)?;
    let mut tally = Tally::default();
    let known = progress.take(&mut tally);
    if !known.is_empty() {
        tell(Step::Resumed { members: known.len() });
    }
    let open: Vec<String> = scope.members().filter(|it| !known.contains(*it)).cloned().collect();
    let (mut batches, mut done) = (open.chunks(BATCH).map(<[String]>::to_vec).collect::<Vec<_>>(), known.len());
    batches.reverse();
    while let Some(batch) = batches.pop() {
        let mut read = progress::Batch { members: batch.clone(), ..progress::Batch::default() };
        let mut pages = wecom.customers(&batch, progress.salt());
        let failed = loop {
            match ask!(pages.next()) {
                Ok(Some(page)) => read.put(page),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        match failed.as_ref().and_then(Error::errcode) {
            Some(NO_LICENCE) => {
                read = progress::Batch { unlicensed: batch.clone(), members: batch, ..progress::Batch::default() };
            }
            Some(code) if GONE.contains(&code) && batch.len() == 1 => {
                // A member without customers (84061) has none; the others cannot be asked to post.
                if code != 84061 {
                    counted.gone.extend(batch);
                    continue;
                }
            }
            // One of them is the cause: each is asked for alone.
            Some(code) if GONE.contains(&code) => {
                batches.extend(batch.into_iter().map(|member| vec![member]));
                continue;
            }
            _ => {
                if let Some(error) = failed {
                    return Err(error.into());
                }
            }
        }
        progress.save(&read)?;
        done += read.members.len();
        read.count_into(&mut tally);
        tell(Step::Members { done, of: scope.members().count() });
    }
    scope.leave(&counted.gone);
    counted.unlicensed = scope.members().filter(|it| tally.is_unlicensed(it)).cloned().collect();
    counted.total = tally.count(&scope, &Audience::Everyone).unwrap_or_default();
    let lists = |departments: &[u64], tags: &[String]| Audience::Lists {
        users: Vec::new(),
        departments: departments.to_vec(),
        tags: tags.to_vec(),
    };
    let visible: Vec<u64> = scope.departments().filter(|id| !counted.hidden.contains(id)).collect();
    counted.departments =
        visible.iter().filter_map(|id| Some((*id, tally.count(&scope, &lists(&[*id], &[]))?))).collect();
    let tags: BTreeSet<String> = tally.tags().map(str::to_owned).collect();
    counted.tags =
        tags.into_iter().filter_map(|tag| Some((tag.clone(), tally.count(&scope, &lists(&[], &[tag]))?))).collect();
    for audience in audiences.iter().filter(|it| **it != Audience::Everyone).map(Audience::sorted) {
        match tally.count(&scope, &audience) {
            Some(count) => counted.audiences.push((audience, count)),
            None => counted.unseen.push(audience),
        }
    }
    counted.calls = calls;
    progress.remove()?;
    Ok(counted)
}
