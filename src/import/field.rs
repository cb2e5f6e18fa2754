//! The columns of a spreadsheet: what each is for, and its heads in Chinese and English.

use crate::text::StaticText;

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Date,
    Time,
    Weekday,
    Campaign,
    Id,
    Text,
    Images,
    Video,
    LinkUrl,
    LinkTitle,
    Cover,
    Audience,
    Departments,
    Members,
    Tags,
    Owner,
    Allow,
    /// Read by people only.
    Note,
}

impl Field {
    pub const ALL: [Self; 18] = [
        Self::Date,
        Self::Time,
        Self::Weekday,
        Self::Campaign,
        Self::Id,
        Self::Text,
        Self::Images,
        Self::Video,
        Self::LinkUrl,
        Self::LinkTitle,
        Self::Cover,
        Self::Audience,
        Self::Departments,
        Self::Members,
        Self::Tags,
        Self::Owner,
        Self::Allow,
        Self::Note,
    ];

    /// The head as the template writes it.
    pub fn name(self) -> StaticText {
        let (zh, en) = (self.chinese()[0], self.english()[0]);
        StaticText { en, zh }
    }

    /// The heads in Chinese, the usual one first.
    fn chinese(self) -> &'static [&'static str] {
        match self {
            Self::Date => &["日期", "发表日期", "发布日期", "发送日期", "推送日期", "排期"],
            Self::Time => &["时间", "发表时间", "发布时间", "发送时间", "推送时间", "时刻"],
            Self::Weekday => &["星期", "周几", "星期几"],
            Self::Campaign => &["活动", "活动名称", "标题", "主题", "活动主题", "名称"],
            Self::Id => &["编号", "活动编号", "ID"],
            Self::Text => &["文案", "正文", "内容", "文字", "朋友圈文案", "文案内容", "发表内容", "发布内容"],
            Self::Images => &["图片", "配图", "照片", "海报"],
            Self::Video => &["视频"],
            Self::LinkUrl => &["链接", "链接地址", "网址", "跳转链接"],
            Self::LinkTitle => &["链接标题", "链接文字"],
            Self::Cover => &["封面", "链接封面", "封面图"],
            Self::Audience => &["发表范围", "受众", "预设范围", "范围", "人群", "可见范围"],
            Self::Departments => &["部门", "门店", "发表部门", "发送部门"],
            Self::Members => &["成员", "员工", "发送人", "发表人", "成员账号", "发表成员"],
            Self::Tags => &["标签", "客户标签"],
            Self::Owner => &["负责人", "对接人"],
            Self::Allow => &["放行", "允许", "放行的警告"],
            Self::Note => &["备注", "说明", "注释"],
        }
    }

    fn english(self) -> &'static [&'static str] {
        match self {
            Self::Date => &["date", "day"],
            Self::Time => &["time"],
            Self::Weekday => &["weekday"],
            Self::Campaign => &["campaign", "title", "name"],
            Self::Id => &["id"],
            Self::Text => &["text", "content", "copy", "message"],
            Self::Images => &["images", "image", "pictures", "picture", "photos"],
            Self::Video => &["video"],
            Self::LinkUrl => &["link", "url", "link url"],
            Self::LinkTitle => &["link title"],
            Self::Cover => &["cover", "link cover"],
            Self::Audience => &["audience", "visible range"],
            Self::Departments => &["departments", "department", "shop", "shops", "store", "stores"],
            Self::Members => &["members", "member", "senders", "sender", "users"],
            Self::Tags => &["tags", "tag", "customer tags"],
            Self::Owner => &["owner"],
            Self::Allow => &["allow", "allowed"],
            Self::Note => &["note", "notes", "remark", "remarks", "comment"],
        }
    }

    /// Whether the column says who gets the post.
    pub fn is_of_audience(self) -> bool {
        matches!(self, Self::Audience | Self::Departments | Self::Members | Self::Tags)
    }

    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        self.chinese().iter().chain(self.english()).copied()
    }

    /// The field of a head as it is written: `日期（必填）`, `配图2`, `Link title *`.
    pub(super) fn of(head: &str) -> Option<Self> {
        let plain = plain(head);
        let find =
            |name: &str| Self::ALL.into_iter().find(|field| field.names().any(|known| self::plain(known) == name));
        find(&plain).or_else(|| {
            let unnumbered = plain.trim_end_matches(|c: char| c.is_ascii_digit());
            find(unnumbered).filter(|field| *field == Self::Images && unnumbered != plain)
        })
    }
}

/// A head without what people add to it: spaces, width, case, stars, and words in brackets.
pub(super) fn plain(head: &str) -> String {
    let narrow = narrow(head);
    let before_brackets = narrow.split(['(', '[', '【']).next().filter(|text| !text.trim().is_empty());
    before_brackets
        .unwrap_or(&narrow)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '*' | ':' | '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether two heads are written alike, but for what people add.
pub fn is_same_head(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// Digits, letters and signs of full width as those of half width.
pub(super) fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '\u{3000}' | '\u{a0}' => ' ',
            c => c,
        })
        .collect()
}
