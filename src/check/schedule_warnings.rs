//! Schedules that are sound and probably not what their writer meant: the words are `schedule`'s, the places are here.

use super::{CampaignCheck, FindingSink, proposals, schedule_check};
use crate::schedule::{Part, WarningKind};

/// Tells the traps of a kind.
pub(super) fn tell(case: &CampaignCheck<'_>, found: &mut FindingSink<'_>, is_wanted: impl Fn(&WarningKind) -> bool) {
    let (Some(written), Some(schedule)) = (&case.draft.schedule, &case.schedule.schedule) else { return };
    for trap in case.schedule.traps.iter().filter(|trap| is_wanted(&trap.kind)) {
        // The policy's own zone is told once, at the policy.
        if trap.part == Part::Timezone && written.timezone.is_none() {
            continue;
        }
        let spec = schedule.spec();
        let span = schedule_check::place(case.draft, written, trap.part, trap.span.as_ref());
        let help = trap.help(spec).unwrap_or_else(|| "check that this is meant".to_owned());
        let suggestion = trap.proposal(spec).and_then(|proposal| proposals::edits(case.draft, written, &proposal));
        found.at(&span, "here", trap.to_string()).help(help).suggest(suggestion);
    }
}
