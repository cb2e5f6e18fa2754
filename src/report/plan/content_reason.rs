//! Why an occurrence posts which content.

use super::cells::shortened;
use crate::campaign::{Campaign, ChoiceReason, ChosenContent, Order};
use crate::text::{Text, when};

/// Why an occurrence posts this content, where there are several.
pub fn content_reason(campaign: &Campaign, chosen: &ChosenContent) -> Option<Text> {
    const MAX_CHARS: usize = 30;
    let number = chosen.number;
    let why = match chosen.reason {
        ChoiceReason::Only | ChoiceReason::Named => return None,
        ChoiceReason::OnDate(date) => text!(
            en: "content {number} is kept for {date} (`on`)",
            zh: "{date}指定用第 {number} 条内容（`on`）",
            date = when::plain_date(date)
        ),
        ChoiceReason::Turn { firing, of: 1, .. } => text!(
            en: "this is time number {firing} of the campaign; content {number} is for all days without an `on`",
            zh: "没有指定日期的都用第 {number} 条内容（这是第 {firing} 次）"
        ),
        ChoiceReason::Turn { firing, cycle, place, of } => match campaign.contents.rotation().order() {
            Order::Listed => text!(
                en: "this is time number {firing} of the campaign, skipped ones included: position {place} of {of} in cycle {cycle}: content {number}",
                zh: "这是第 {firing} 次（跳过的也算），第 {cycle} 轮里的第 {place} 次，轮到第 {number} 条内容（共 {of} 条轮换）"
            ),
            Order::Shuffled => text!(
                en: "this is time number {firing} of the campaign, skipped ones included: position {place} of {of} in cycle {cycle}: content {number} by the shuffled order",
                zh: "这是第 {firing} 次（跳过的也算），第 {cycle} 轮里的第 {place} 次，按打乱的顺序轮到第 {number} 条内容（共 {of} 条轮换）"
            ),
        },
    };
    let beginning = chosen.post.text.as_deref().map(|text| shortened(text, MAX_CHARS));
    Some(match beginning {
        Some(words) => text!(en: "{why}: “{words}”", zh: "{why}：“{words}”", why = why),
        None => why,
    })
}
