//! Rows that belong together become one campaign, with an id that stays when the sheet is imported again.

use std::collections::HashMap;

use super::audience_set::AudienceResolver;
use super::finding::CellFinding;
use super::row::{At, Row};
use super::table::Position;
use crate::ids::{CampaignId, Sha256};
use crate::text::{Text, UserError as _};

/// The rows of one campaign, in the order of their times.
#[derive(Clone, Debug)]
pub struct Group {
    pub id: CampaignId,
    pub title: Option<At<String>>,
    pub owner: Option<At<String>>,
    /// Warnings that its rows allow, each once.
    pub allow: Vec<At<String>>,
    pub rows: Vec<Row>,
    /// The cell that stands for the campaign as a whole.
    pub cell: Position,
}

/// Maximum number of characters of a name that are used for an id.
const MAX_SLUG: usize = 40;

/// The longest user id (page 90195).
const MAX_USER_ID_BYTES: usize = 64;

/// Puts the rows of one campaign together: those with the same id, else those of the same name, else each by itself.
pub fn groups(rows: Vec<Row>, resolver: &AudienceResolver<'_>, findings: &mut Vec<CellFinding>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for row in rows {
        let Some((key, id)) = identity(&row, findings) else { continue };
        let cell = row.id.as_ref().or(row.campaign.as_ref()).map_or(row.due.at, |it| it.at);
        let at = *known.entry(key).or_insert_with(|| {
            groups.push(Group { id, title: None, owner: None, allow: Vec::new(), rows: Vec::new(), cell });
            groups.len() - 1
        });
        groups[at].rows.push(row);
    }
    for group in &mut groups {
        group.rows.sort_by_key(|row| (row.due.value, row.row));
        agree(group, resolver, findings);
    }
    groups
}

/// The key by which a row is put with others, and the id of its campaign.
///
/// A row without id and name is known by its time and audience: a text may then be corrected and the id stays.
fn identity(row: &Row, findings: &mut Vec<CellFinding>) -> Option<(String, CampaignId)> {
    if let Some(id) = &row.id {
        return match id.value.to_ascii_lowercase().parse::<CampaignId>() {
            Ok(parsed) => Some((format!("id {parsed}"), parsed)),
            Err(why) => {
                findings.push(
                    CellFinding::error("bad-id", id.at, why.text())
                        .with_help(text!(en: "write an id such as `spring-1`", zh: "请写成“spring-1”这样的 ID")),
                );
                None
            }
        };
    }
    let (slug, key) = match &row.campaign {
        Some(name) => (slug(&name.value), format!("name {}", super::field::narrow(&name.value).to_lowercase())),
        None => {
            let sorted = |mut list: Vec<&str>| {
                list.sort_unstable();
                list.join("|")
            };
            let words = row.audience.words().map(sorted).join("/");
            let due = row.due.value.format("%Y-%m-%dT%H:%M:%S");
            (row.due.value.format("%m%d").to_string(), format!("row {due} {words}"))
        }
    };
    let digest = Sha256::of(key.as_bytes()).to_string();
    let slug = if slug.is_empty() { "post".to_owned() } else { slug };
    let id = format!("{slug}-{}", &digest[..8]).parse().ok()?;
    Some((key, id))
}

/// The ASCII letters and digits of a name, with `-` between.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in super::field::narrow(name).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= MAX_SLUG {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Reports fields that differ between the rows of one campaign although they must be equal; stores the common values in
/// the group.
fn agree(group: &mut Group, resolver: &AudienceResolver<'_>, findings: &mut Vec<CellFinding>) {
    let named: Vec<&At<String>> = group.rows.iter().filter_map(|row| row.campaign.as_ref()).collect();
    let owners: Vec<&At<String>> = group.rows.iter().filter_map(|row| row.owner.as_ref()).collect();
    // A name may be written in several ways that mean the same; an id's rows may not have several names.
    let same_name = |one: &At<String>, other: &At<String>| {
        super::field::narrow(&one.value).eq_ignore_ascii_case(&super::field::narrow(&other.value))
    };
    if let Some((first, other)) = differing(&named, same_name) {
        findings.push(differ(
            "mixed-campaign",
            text!(en: "names", zh: "活动名称"),
            first.at,
            other.at,
            &first.value,
            &other.value,
        ));
    }
    if let Some((first, other)) = differing(&owners, |one, other| one.value == other.value) {
        findings.push(differ(
            "mixed-owner",
            text!(en: "owners", zh: "负责人"),
            first.at,
            other.at,
            &first.value,
            &other.value,
        ));
    }
    if let Some(owner) = owners.first().filter(|owner| !can_be_user_id(&owner.value)) {
        let name = &owner.value;
        findings.push(
            CellFinding::error(
                "bad-owner",
                owner.at,
                text!(en: "`{name}` is not a user id: notifications of trouble would reach no one", zh: "“{name}”不是成员账号，出问题时通知不到人"),
            )
            .with_help(text!(
                en: "write the user id of the contact list, such as `wangwu`, or empty the cell",
                zh: "请写通讯录里的成员账号，如 `wangwu`；没有负责人就空着"
            )),
        );
    }
    group.title = named.first().map(|it| (*it).clone());
    group.owner = owners.first().map(|it| (*it).clone());
    let mut allow: Vec<At<String>> = Vec::new();
    for code in group.rows.iter().flat_map(|row| &row.allow) {
        if allow.iter().all(|it| it.value != code.value) {
            allow.push(code.clone());
        }
    }
    group.allow = allow;
    let Some((first, rest)) = group.rows.split_first() else { return };
    let mut seen = vec![resolver.resolve(&first.audience)];
    for row in rest {
        let audience = resolver.resolve(&row.audience);
        if !seen.contains(&audience) {
            seen.push(audience);
            let at = |row: &Row| row.audience.cell().unwrap_or(Position::new(row.row, row.due.at.column));
            let (here, there) = (at(row), at(first));
            let mut finding = CellFinding::error(
                "mixed-audience",
                here,
                text!(en: "one campaign, two audiences: {there} and {here} differ", zh: "同一个活动的发表范围不一样：{there} 和 {here} 不同"),
            )
            .with_help(text!(
                en: "give the rows the same audience, or another name to one of them",
                zh: "请把发表范围改成一样的，或者给其中一行换个活动名称"
            ));
            finding.related.push((there, text!(en: "the other audience", zh: "另一个发表范围")));
            findings.push(finding);
        }
    }
    for pair in group.rows.windows(2) {
        if pair[0].due.value == pair[1].due.value {
            let (there, here) = (pair[0].due.at, pair[1].due.at);
            let (there_row, here_row) = (pair[0].row + 1, pair[1].row + 1);
            let mut finding = CellFinding::error(
                "same-time",
                Position::new(pair[1].row, here.column),
                text!(
                    en: "rows {there_row} and {here_row} are one campaign and due at the same time",
                    zh: "第 {there_row} 行和第 {here_row} 行是同一个活动，时间也一样"
                ),
            )
            .with_help(text!(
                en: "change one of the times, give the rows different names in the column `campaign`, or remove the repeated row",
                zh: "请改其中一个时间，或者在“活动”列写不同的名称；重复的行请删掉"
            ));
            finding.related.push((there, Text::default()));
            findings.push(finding);
        }
    }
}

/// Whether a text has the form of a user id.
fn can_be_user_id(text: &str) -> bool {
    text.len() <= MAX_USER_ID_BYTES
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'@' | b'.'))
}

/// The first of a list, and the first after it that is not like it.
fn differing<'a, T>(list: &[&'a T], is_same: impl Fn(&T, &T) -> bool) -> Option<(&'a T, &'a T)> {
    let (first, rest) = list.split_first()?;
    rest.iter().find(|other| !is_same(first, other)).map(|other| (*first, *other))
}

fn differ(code: &'static str, what: Text, first: Position, other: Position, one: &str, two: &str) -> CellFinding {
    let mut finding = CellFinding::error(
        code,
        other,
        text!(
            en: "one campaign, two {what}: `{one}` in {first} and `{two}` in {other}",
            zh: "同一个活动写了两个{what}：{first} 是“{one}”，{other} 是“{two}”",
            what = what
        ),
    )
    .with_help(text!(en: "write the same in all rows of the campaign", zh: "同一个活动的各行请写成一样的"));
    finding.related.push((first, Text::default()));
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_what_an_id_can_hold() {
        for (name, expected) in
            [("春季上新", ""), ("Double 12 预热", "double-12"), ("双11", "11"), ("VIP·新客", "vip"), ("ＡＢ", "ab")]
        {
            assert_eq!(slug(name), expected, "{name}");
        }
    }
}
