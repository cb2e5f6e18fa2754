//! Says what a run waits for, while `drumbeat post` waits for its outcome.

use std::time::Duration;

use super::output;
use crate::clock::Clock;
use crate::run::{Run, State};
use crate::schedule::civil::read_in;
use crate::store::Store;

/// Between two looks. What has changed again by the next one is not worth a line.
const REFRESH_INTERVAL: Duration = Duration::from_secs(2);

/// Writes a line whenever what the run waits for changes, until this is dropped.
pub(super) async fn tell(store: Store, clock: Clock, run: Run) {
    let mut told = String::new();
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

/// What a run waits for; nothing where it waits for nothing.
fn waits_for(run: &Run) -> Option<String> {
    let until = || format!("it is tried until {} ({})", read_in(&run.zone, run.latest), run.zone);
    Some(match (run.state, run.reason_text().as_ref().map(|why| why.get(crate::text::Lang::En))) {
        (State::Claimed, None) => {
            format!("not sent yet: waiting for WeCom to give a token and to take its media; {}", until())
        }
        (State::Claimed, Some(why)) => format!("not sent yet: {why}; {}", until()),
        (State::Sending, _) => "sent: waiting for WeCom's answer".to_owned(),
        (State::Submitted, None) => "WeCom took it: waiting for its job to end".to_owned(),
        (State::Submitted, Some(why)) => format!("WeCom took it: waiting for its job to end; {why}"),
        (State::InDoubt, why) if !run.needs_review => {
            format!("it may have been posted: looking for it at WeCom; {}", why.unwrap_or("its answer was lost"))
        }
        _ => return None,
    })
}
