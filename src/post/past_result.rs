//! What came of an earlier post of a campaign, as the book's `results.toml` says. Counts only.

use chrono::NaiveDateTime;

use super::grouped;
use crate::text::{Text, when};

/// An earlier post of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastResult {
    /// When it was due, in the time of its campaign.
    pub due: NaiveDateTime,
    pub outcome: PastOutcome,
}

/// What is known about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastOutcome {
    Counted(PastCounts),
    /// Its moment was deleted.
    Deleted,
    /// WeCom did not answer what was asked.
    Refused,
    /// It was not counted yet.
    NotCounted,
}

/// The counts of one post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastCounts {
    /// The age of the moment in days, when it was counted.
    pub days: u64,
    /// Members who were asked to post it, and those of them who had.
    pub members: u64,
    pub posted: u64,
    pub customers: u64,
    pub likes: u64,
    pub comments: u64,
    /// Members who posted it, and whose customers are not in the counts.
    pub uncounted: u64,
}

impl PastOutcome {
    /// The code of an outcome without counts.
    pub fn code(self) -> Option<&'static str> {
        match self {
            Self::Counted(_) => None,
            Self::Deleted => Some("deleted"),
            Self::Refused => Some("refused"),
            Self::NotCounted => Some("not_counted"),
        }
    }

    /// The outcome of a code.
    pub fn of_code(code: &str) -> Option<Self> {
        [Self::Deleted, Self::Refused, Self::NotCounted].into_iter().find(|it| it.code() == Some(code))
    }

    fn text(self) -> Text {
        let PastCounts { days, members, posted, customers, likes, comments, uncounted } = match self {
            Self::Counted(counts) => counts,
            Self::Deleted => return text!(en: "the moment was deleted", zh: "朋友圈已删除"),
            Self::Refused => return text!(en: "WeCom gave no numbers", zh: "企业微信不让查"),
            Self::NotCounted => return text!(en: "not counted yet", zh: "还没有统计"),
        };
        let without = match uncounted {
            0 => Text::default(),
            1 => text!(en: ", without 1 member", zh: "，未含 1 名成员"),
            _ => text!(en: ", without {uncounted} members", zh: "，未含 {uncounted} 名成员"),
        };
        let [customers, likes, comments] = [customers, likes, comments].map(grouped);
        text!(
            en: "{customers} customers reached, {likes} likes, {comments} comments ({posted} of {members} members, after {days} d{without})",
            zh: "{customers} 位可见客户，{likes} 个赞，{comments} 条评论（{members} 名成员中 {posted} 人发表，{days} 天后统计{without}）",
            without = without
        )
    }
}

impl PastResult {
    /// When it was due, and what came of it.
    pub fn text(&self) -> Text {
        text!(en: "{due}: {outcome}", zh: "{due}：{outcome}", due = when::date_time(self.due), outcome = self.outcome.text())
    }

    /// The results of a campaign in one line; `None` without any.
    pub fn all_in_words(results: &[Self]) -> Option<Text> {
        let all: Vec<Text> = results.iter().map(Self::text).collect();
        let count = all.len();
        let all = Text::join(&all, &text!(en: "; ", zh: "；"));
        match count {
            0 => None,
            1 => Some(text!(en: "how the last post went: {all}", zh: "上一次的效果：{all}", all = all)),
            _ => {
                Some(text!(en: "how the last {count} posts went: {all}", zh: "最近 {count} 次的效果：{all}", all = all))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn counts_and_what_is_missing() {
        let due = "2026-11-02T09:00:00".parse().unwrap();
        let counts =
            PastCounts { days: 7, members: 45, posted: 44, customers: 1_234, likes: 45, comments: 12, uncounted: 1 };
        let counted = PastResult { due, outcome: PastOutcome::Counted(counts) };
        let deleted = PastResult { due, outcome: PastOutcome::Deleted };
        let words = PastResult::all_in_words(&[counted, deleted]).unwrap();
        assert!(words.get(Lang::En).contains(
            "1,234 customers reached, 45 likes, 12 comments (44 of 45 members, after 7 d, without 1 member); "
        ));
        assert!(words.get(Lang::Zh).starts_with("最近 2 次的效果：") && words.get(Lang::Zh).ends_with("朋友圈已删除"));
        assert_eq!(PastResult::all_in_words(&[]), None);
    }
}
