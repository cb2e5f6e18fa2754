//! Holds, and the instants from which occurrences of campaigns are posted, for `history` and `show`.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Timelike as _, Utc};
use serde::Serialize;

use crate::escape;
use crate::limits::BEIJING;
use crate::run::Reader;
use crate::schedule::civil;
use crate::store::{CampaignState, Hold, Scope};
use crate::text::{Lang, Text, when};

#[derive(Serialize)]
pub(super) struct Row<'a> {
    hold: i64,
    corp: Option<&'a str>,
    campaign: Option<&'a str>,
    at: String,
    by: &'a str,
    reason: String,
    lifted_at: Option<String>,
    lifted_by: Option<&'a str>,
    catch_up: bool,
}

#[derive(Serialize)]
pub(super) struct Campaign<'a> {
    campaign: &'a str,
    /// Only occurrences after this instant count.
    since: String,
}

pub(super) fn row(hold: &Hold, lang: Lang) -> Row<'_> {
    let (corp, campaign) = match &hold.scope {
        Scope::Everything => (None, None),
        Scope::Corp(id) => (Some(id.0.as_str()), None),
        Scope::Campaign(id) => (None, Some(id.as_str())),
    };
    Row {
        hold: hold.id,
        corp,
        campaign,
        at: instant(hold.at),
        by: &hold.by,
        reason: hold.reason_text().into_lang(lang),
        lifted_at: hold.lifted.as_ref().map(|lifted| instant(lifted.at)),
        lifted_by: hold.lifted.as_ref().map(|lifted| lifted.by.as_str()),
        catch_up: hold.lifted.as_ref().is_some_and(|lifted| lifted.catch_up),
    }
}

pub(super) fn campaign(known: &CampaignState) -> Campaign<'_> {
    Campaign { campaign: known.campaign.as_str(), since: instant(known.since) }
}

/// A hold on one line, with times in `zone`.
pub fn in_words(hold: &Hold, zone: &str) -> Text {
    in_words_for(Reader::Terminal, hold, zone)
}

/// The same with the next act of the place where it is read.
pub fn in_words_for(reader: Reader, hold: &Hold, zone: &str) -> Text {
    let Hold { scope, by, .. } = hold;
    let made = text!(
        en: "{scope}, on hold since {at} by {by}: {reason}",
        zh: "{scope}，{at} 由 {by} 暂停：{reason}",
        scope = scope.text(),
        at = local(hold.at, zone),
        reason = hold.reason_text_for(reader)
    );
    let Some(lifted) = &hold.lifted else { return made };
    let by = &lifted.by;
    let how = if lifted.catch_up {
        text!(en: "to be caught up with", zh: "暂停期间的补发")
    } else {
        text!(en: "without catching up", zh: "暂停期间的不补发")
    };
    text!(
        en: "{made}; lifted at {at} by {by}, {how}",
        zh: "{made}；{at} 由 {by} 恢复，{how}",
        made = made,
        at = local(lifted.at, zone),
        how = how
    )
}

/// The lines below a history: current holds, from when the requested campaign counts, and the zone of the times.
pub fn below_history(holds: &[Hold], known: &[CampaignState], lang: Lang) -> String {
    let zone = BEIJING.name();
    let mut lines: Vec<Text> = Vec::new();
    for hold in holds.iter().filter(|hold| hold.lifted.is_none()) {
        lines.push(text!(en: "on hold: {hold}", zh: "暂停中：{hold}", hold = in_words(hold, zone)));
    }
    for known in known {
        let campaign = &known.campaign;
        lines.push(text!(
            en: "`{campaign}` is scheduled since {since}: earlier occurrences are not posted",
            zh: "`{campaign}` 从{since} 起算：更早的不发表",
            since = local(known.since, zone)
        ));
    }
    lines.push(text!(
        en: "times are those of {zone}, unless another zone is named",
        zh: "没有注明时区的都是北京时间"
    ));
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "{}", line.get(lang));
    }
    escape::terminal_lines(&text)
}

/// An instant to the minute in `zone`, or in Beijing time if the zone is unknown.
fn local(at: DateTime<Utc>, zone: &str) -> Text {
    let local = civil::to_local(zone.parse().unwrap_or(BEIJING), at);
    when::plain_date_time(local.with_second(0).unwrap_or(local))
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
