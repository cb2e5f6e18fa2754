//! Shows what a run waits for while `drumbeat post` waits for its outcome.

use std::time::Duration;

use super::output;
use crate::clock::Clock;
use crate::run::{Run, State};
use crate::schedule::civil::read_in;
use crate::store::Store;
use crate::text::{Text, when};

/// The interval between two reads. Shorter changes need no line.
const REFRESH_INTERVAL: Duration = Duration::from_secs(2);

/// Prints a line whenever the reason to wait changes, until this is dropped.
pub(super) async fn print_changes(store: Store, clock: Clock, run: Run) {
    let mut told = Text::default();
    loop {
        clock.sleep(REFRESH_INTERVAL).await;
        let Ok(found) = store.run(&run.corp, &run.id()).await else { continue };
        let Some(line) = found.as_ref().and_then(waits_for) else { continue };
        if line != told {
            output::print_info(line.clone());
            told = line;
        }
    }
}

/// What a run waits for; `None` if it does not wait.
fn waits_for(run: &Run) -> Option<Text> {
    let deadline = read_in(&run.zone, run.deadline);
    let until = text!(
        en: "it is tried until {deadline} ({zone})",
        zh: "最晚尝试到 {deadline}（{zone}）",
        zone = when::zone(&run.zone)
    );
    Some(match (run.state, run.reason_text()) {
        (State::Claimed, None) => text!(
            en: "not sent yet: waiting for WeCom to give a token and to take its media; {until}",
            zh: "还没提交：等企业微信给出凭据、收下素材；{until}",
            until = until
        ),
        (State::Claimed, Some(why)) => {
            text!(en: "not sent yet: {why}; {until}", zh: "还没提交：{why}；{until}", why = why, until = until)
        }
        (State::Sending, _) => text!(en: "sent: waiting for WeCom's answer", zh: "已提交：等企业微信答复"),
        (State::Submitted, None) => {
            text!(en: "WeCom accepted it: waiting for its job to end", zh: "企业微信已受理：等任务完成")
        }
        (State::Submitted, Some(why)) => text!(
            en: "WeCom accepted it: waiting for its job to end; {why}",
            zh: "企业微信已受理：等任务完成；{why}",
            why = why
        ),
        (State::InDoubt, why) if !run.needs_review => {
            let why = why.unwrap_or_else(|| text!(en: "its answer was lost", zh: "回应丢失"));
            text!(
                en: "it may have been posted: looking for it at WeCom; {why}",
                zh: "可能已经发表：正在企业微信里查找；{why}",
                why = why
            )
        }
        _ => return None,
    })
}
