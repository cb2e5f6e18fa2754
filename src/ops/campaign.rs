//! Finds a campaign by its id, its title or its file.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::campaign::Campaign;
use crate::check::CheckResult;
use crate::ids::CampaignId;
use crate::nearest::nearest;
use crate::text::{Text, UserError};

/// The names of all known campaigns.
#[derive(Debug, Default)]
pub struct CampaignNames {
    /// Every name in lower case, with the ids of its campaigns.
    names: BTreeMap<String, Vec<CampaignId>>,
}

/// Why a text does not name a campaign, with suggestions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCampaign {
    Near { name: String, near: String, id: CampaignId },
    Unknown { name: String, known: Ids },
    NothingKnown { name: String },
    Several { name: String, ids: Ids },
}

/// The first few ids of a list, and the number of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    shown: Vec<CampaignId>,
    more: usize,
}

impl CampaignNames {
    /// Adds the campaigns of a checked book, also those of invalid files.
    pub fn add_book(&mut self, checked: &CheckResult) {
        self.add_valid(&checked.campaigns);
        let with_id = checked.invalid_files.iter().filter_map(|file| Some((file.id.as_ref()?, &file.file)));
        with_id.for_each(|(id, file)| self.add(id, None, Some(file)));
    }

    /// Adds the valid campaigns of a book.
    pub fn add_valid(&mut self, campaigns: &[Arc<Campaign>]) {
        campaigns.iter().for_each(|it| self.add(&it.id, it.title.as_deref(), Some(&it.file)));
    }

    /// Adds a campaign with its id, title and file as names.
    pub fn add(&mut self, id: &CampaignId, title: Option<&str>, file: Option<&str>) {
        let stem = file.map(|file| file.strip_suffix(".toml").unwrap_or(file));
        let last = stem.and_then(|stem| stem.rsplit('/').next());
        for name in [Some(id.as_str()), title, file, stem, last].into_iter().flatten() {
            let ids = self.names.entry(name.trim().to_lowercase()).or_default();
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
    }

    /// The campaign that a text names.
    ///
    /// # Errors
    /// No campaign, or more than one, has this name.
    pub fn find(&self, name: &str) -> Result<CampaignId, NoCampaign> {
        let name = name.trim();
        if let Some(ids) = self.names.get(&name.to_lowercase()) {
            // An id names exactly one campaign, even if it is the title of another.
            let own = ids.iter().find(|id| id.as_str() == name);
            return match (own, &ids[..]) {
                (Some(id), _) | (None, [id]) => Ok(id.clone()),
                (None, ids) => Err(NoCampaign::Several { name: name.to_owned(), ids: Ids::of(ids.iter()) }),
            };
        }
        if self.names.is_empty() {
            return Err(NoCampaign::NothingKnown { name: name.to_owned() });
        }
        let near = nearest(name, self.names.keys().map(String::as_str)).and_then(|near| self.names.get_key_value(near));
        Err(match near {
            Some((near, ids)) => NoCampaign::Near { name: name.to_owned(), near: near.clone(), id: ids[0].clone() },
            None => {
                let ids: std::collections::BTreeSet<_> = self.names.values().flatten().collect();
                NoCampaign::Unknown { name: name.to_owned(), known: Ids::of(ids.into_iter()) }
            }
        })
    }
}

impl Ids {
    const SHOWN: usize = 10;

    fn of<'i>(ids: impl Iterator<Item = &'i CampaignId>) -> Self {
        let mut shown: Vec<CampaignId> = ids.cloned().collect();
        let more = shown.len().saturating_sub(Self::SHOWN);
        shown.truncate(Self::SHOWN);
        Self { shown, more }
    }

    fn text(&self) -> Text {
        let quoted: Vec<Text> = self.shown.iter().map(|id| Text::quoted(format!("`{id}`"))).collect();
        let shown = Text::join(&quoted, &text!(en: ", ", zh: "、"));
        match self.more {
            0 => shown,
            more => text!(en: "{shown} and {more} more", zh: "{shown}，另外还有 {more} 个", shown = shown),
        }
    }
}

impl UserError for NoCampaign {
    fn text(&self) -> Text {
        match self {
            Self::Near { name, near, id } if near == id.as_str() => text!(
                en: "campaign `{name}` not found; did you mean `{near}`?",
                zh: "找不到名为 `{name}` 的活动；是不是 `{near}`？"
            ),
            Self::Near { name, near, id } => text!(
                en: "campaign `{name}` not found; did you mean `{near}` (id `{id}`)?",
                zh: "找不到名为 `{name}` 的活动；是不是 `{near}`（id 是 `{id}`）？"
            ),
            Self::Unknown { name, known } => text!(
                en: "campaign `{name}` not found; the campaigns are: {known}",
                zh: "找不到名为 `{name}` 的活动；现有的活动：{known}",
                known = known.text()
            ),
            Self::NothingKnown { name } => text!(
                en: "campaign `{name}` not found: no campaign is known here; name the directory of the campaign files with --book",
                zh: "找不到名为 `{name}` 的活动：这里还没有任何活动；请用 `--book` 指定活动目录"
            ),
            Self::Several { name, ids } => text!(
                en: "several campaigns are named `{name}`: write the id of the one you mean: {ids}",
                zh: "有好几个活动都叫 `{name}`：请写明是哪一个的 id：{ids}",
                ids = ids.text()
            ),
        }
    }
}

display_in_english!(NoCampaign);

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> CampaignId {
        text.parse().expect("an id")
    }

    fn known() -> CampaignNames {
        let mut names = CampaignNames::default();
        names.add(&id("double12"), Some("双十二预热"), Some("2026/双十二.toml"));
        names.add(&id("newyear"), Some("新年"), Some("newyear.toml"));
        names.add(&id("newyear-vip"), Some("新年"), None);
        names
    }

    #[track_caller]
    fn means(name: &str, campaign: &str) {
        assert_eq!(known().find(name), Ok(id(campaign)), "{name}");
    }

    #[track_caller]
    fn refused(name: &str, said: &str) {
        assert_eq!(known().find(name).map_err(|why| why.to_string()), Err(said.to_owned()));
    }

    #[test]
    fn an_id_a_title_or_a_file() {
        means("double12", "double12");
        means("Double12", "double12");
        means("双十二预热", "double12");
        means("2026/双十二.toml", "double12");
        means("双十二", "double12");
        means(" newyear ", "newyear");
    }

    #[test]
    fn a_slip_is_answered_with_the_nearest() {
        refused("doubel12", "campaign `doubel12` not found; did you mean `double12`?");
        refused("双十二预", "campaign `双十二预` not found; did you mean `双十二预热` (id `double12`)?");
    }

    #[test]
    fn a_name_of_nothing_or_of_several() {
        let all = "`double12`, `newyear`, `newyear-vip`";
        refused("清明", &format!("campaign `清明` not found; the campaigns are: {all}"));
        let several = "several campaigns are named `新年`: write the id of the one you mean: `newyear`, `newyear-vip`";
        refused("新年", several);
        let nothing = CampaignNames::default().find("x").map_err(|why| why.to_string());
        assert!(nothing.is_err_and(|why| why.contains("no campaign is known here")));
    }
}
