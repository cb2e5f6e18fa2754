//! Places of schedules that are valid but probably not meant; `schedule` has the words.

use super::{CampaignCheck, FindingSink, proposals, schedule_check};
use crate::schedule::{Part, WarningKind};

/// Tells the warnings of a kind.
pub(super) fn tell(case: &CampaignCheck<'_>, found: &mut FindingSink<'_>, is_wanted: impl Fn(&WarningKind) -> bool) {
    let (Some(written), Some(schedule)) = (&case.draft.schedule, &case.schedule.schedule) else { return };
    for warning in case.schedule.warnings.iter().filter(|warning| is_wanted(&warning.kind)) {
        // The time zone of the policy is reported once, at the policy.
        if warning.part == Part::Timezone && written.timezone.is_none() {
            continue;
        }
        let spec = schedule.spec();
        let span = schedule_check::place(case.draft, written, warning.part, warning.span.as_ref());
        let suggestion = warning.proposal(spec).and_then(|proposal| proposals::edits(case.draft, written, &proposal));
        found.at(&span, text!(en: "here", zh: "这里"), warning.text()).help(warning.help(spec)).suggest(suggestion);
    }
}
