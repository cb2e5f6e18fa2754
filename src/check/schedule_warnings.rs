//! Places of schedules that are valid but probably not meant; `schedule` has the words.

use super::{CampaignCheck, FindingSink, proposals, schedule_check};
use crate::schedule::{Part, WarningKind};

/// Tells the warnings of a kind.
pub(super) fn tell(
    check: &CampaignCheck<'_>,
    findings: &mut FindingSink<'_>,
    is_wanted: impl Fn(&WarningKind) -> bool,
) {
    let (Some(written), Some(schedule)) = (&check.parsed.schedule, &check.schedule.schedule) else { return };
    for warning in check.schedule.warnings.iter().filter(|warning| is_wanted(&warning.kind)) {
        // The time zone of the policy is reported once, at the policy.
        if warning.part == Part::Timezone && written.timezone.is_none() {
            continue;
        }
        let spec = schedule.spec();
        let span = schedule_check::place(check.parsed, written, warning.part, warning.span.as_ref());
        let suggestion = warning.proposal(spec).and_then(|proposal| proposals::edits(check.parsed, written, &proposal));
        findings.at(&span, text!(en: "here", zh: "这里"), warning.text()).help(warning.help(spec)).suggest(suggestion);
    }
}
