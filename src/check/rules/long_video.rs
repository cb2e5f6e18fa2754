use std::time::Duration;

use crate::check::media::{self, Use};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::limits::VIDEO_LENGTH;
use crate::media_index;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "long-video",
    level: Level::Error,
    summary: StaticText { en: "A video of more than 30 seconds.", zh: "视频超过 30 秒。" },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("long_video.md"), zh: include_str!("long_video.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context).into_iter().filter(|named| named.used_as == Use::Video) {
        let Some((_, media_index::MediaFormat::Mp4 { length, .. })) = named.file() else { continue };
        let Some(over) = length.checked_sub(VIDEO_LENGTH).filter(|over| !over.is_zero()) else { continue };
        let (shown, most) = (seconds(*length, over), VIDEO_LENGTH.as_secs());
        findings
            .at(
                named.span,
                text!(en: "{shown} seconds", zh: "{shown} 秒"),
                text!(
                    en: "this video lasts {shown} seconds; at most {most} are allowed",
                    zh: "视频长 {shown} 秒，最多 {most} 秒"
                ),
            )
            .help(text!(en: "cut at least {excess} seconds from it", zh: "请至少剪掉 {excess} 秒", excess = seconds(over, over)));
    }
}

/// A length in seconds, rounded up, with enough digits to show `over`.
fn seconds(length: Duration, over: Duration) -> String {
    let digits = (1..9).find(|digits| over.as_nanos() >= 10u128.pow(9 - digits)).unwrap_or(9);
    let unit = 10u128.pow(9 - digits);
    let units = length.as_nanos().div_ceil(unit);
    let scale = 10u128.pow(digits);
    format!("{}.{:0width$}", units / scale, units % scale, width = digits as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_show_the_difference() {
        let shown = |millis: u64| {
            let length = Duration::from_millis(millis);
            seconds(length, length.checked_sub(VIDEO_LENGTH).unwrap())
        };
        assert_eq!(shown(30_030), "30.03");
        assert_eq!(shown(30_023), "30.03");
        assert_eq!(shown(30_001), "30.001");
        assert_eq!(shown(31_000), "31.0");
        assert_eq!(shown(45_500), "45.5");
    }
}
