//! Whether an edit shows a post to more people or to fewer.

use std::collections::BTreeSet;

use crate::post::Audience;

/// What an edit does to an audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudienceChange {
    Same,
    /// More members or customers, and no fewer of either.
    Wider,
    /// Fewer members or customers, and no more of either.
    Narrower,
    /// Some more and some fewer, as far as names tell.
    Mixed,
}

impl AudienceChange {
    /// Compares two audiences by names alone. Which members belong to a department is not known here, so a member who
    /// replaces a department is [`AudienceChange::Mixed`].
    pub fn between(before: &Audience, after: &Audience) -> Self {
        let senders = of(senders(before).as_ref(), senders(after).as_ref());
        let customers = of(customers(before).as_ref(), customers(after).as_ref());
        match (senders, customers) {
            (Self::Same, other) | (other, Self::Same) => other,
            (a, b) if a == b => a,
            _ => Self::Mixed,
        }
    }

    /// Whether more people may see a post than before.
    pub fn is_wider(self) -> bool {
        matches!(self, Self::Wider | Self::Mixed)
    }

    /// The stable word for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::Mixed => "mixed",
        }
    }
}

type Names = BTreeSet<String>;

/// The members and departments that post; `None` if all members do.
fn senders(audience: &Audience) -> Option<Names> {
    let Audience::Lists { users, departments, .. } = audience else { return None };
    let names = users.iter().map(|user| format!("member {user}"));
    let names: Names = names.chain(departments.iter().map(|id| format!("department {id}"))).collect();
    // With tags alone, every member with such customers posts.
    (!names.is_empty()).then_some(names)
}

/// The tags of the customers that see it; `None` if all customers do.
fn customers(audience: &Audience) -> Option<Names> {
    let Audience::Lists { tags, .. } = audience else { return None };
    (!tags.is_empty()).then(|| tags.iter().cloned().collect())
}

fn of(before: Option<&Names>, after: Option<&Names>) -> AudienceChange {
    match (before, after) {
        (None, None) => AudienceChange::Same,
        (Some(_), None) => AudienceChange::Wider,
        (None, Some(_)) => AudienceChange::Narrower,
        (Some(before), Some(after)) if before == after => AudienceChange::Same,
        (Some(before), Some(after)) if before.is_subset(after) => AudienceChange::Wider,
        (Some(before), Some(after)) if after.is_subset(before) => AudienceChange::Narrower,
        (Some(_), Some(_)) => AudienceChange::Mixed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(users: &[&str], departments: &[u64], tags: &[&str]) -> Audience {
        let texts = |list: &[&str]| list.iter().map(|&it| it.to_owned()).collect();
        Audience::Lists { users: texts(users), departments: departments.into(), tags: texts(tags) }
    }

    #[track_caller]
    fn goes(before: &Audience, after: &Audience, there: AudienceChange, back: AudienceChange) {
        assert_eq!((AudienceChange::between(before, after), AudienceChange::between(after, before)), (there, back));
    }

    #[test]
    fn more_senders_and_more_tags_are_wider() {
        goes(&lists(&["a"], &[], &[]), &lists(&["a", "b"], &[2], &[]), AudienceChange::Wider, AudienceChange::Narrower);
        goes(
            &lists(&["a"], &[], &["t"]),
            &lists(&["a"], &[], &["t", "u"]),
            AudienceChange::Wider,
            AudienceChange::Narrower,
        );
    }

    #[test]
    fn removing_the_last_tag_widens_to_all_customers() {
        goes(&lists(&["a"], &[], &["t"]), &lists(&["a"], &[], &[]), AudienceChange::Wider, AudienceChange::Narrower);
    }

    #[test]
    fn senders_taken_away_beside_tags_mean_every_member() {
        goes(&lists(&["a"], &[], &["t"]), &lists(&[], &[], &["t"]), AudienceChange::Wider, AudienceChange::Narrower);
    }

    #[test]
    fn everyone_is_the_widest() {
        goes(&lists(&[], &[1], &[]), &Audience::Everyone, AudienceChange::Wider, AudienceChange::Narrower);
        goes(&lists(&[], &[], &["t"]), &Audience::Everyone, AudienceChange::Wider, AudienceChange::Narrower);
        goes(&Audience::Everyone, &Audience::Everyone, AudienceChange::Same, AudienceChange::Same);
    }

    #[test]
    fn some_more_and_some_less() {
        goes(&lists(&["a"], &[], &[]), &lists(&["b"], &[], &[]), AudienceChange::Mixed, AudienceChange::Mixed);
        goes(
            &lists(&["a"], &[], &["t"]),
            &lists(&["a", "b"], &[], &["t", "u"]),
            AudienceChange::Wider,
            AudienceChange::Narrower,
        );
        goes(
            &lists(&["a", "b"], &[], &["t"]),
            &lists(&["a"], &[], &["t", "u"]),
            AudienceChange::Mixed,
            AudienceChange::Mixed,
        );
    }

    #[test]
    fn the_order_of_names_means_nothing() {
        goes(&lists(&["a", "b"], &[], &[]), &lists(&["b", "a"], &[], &[]), AudienceChange::Same, AudienceChange::Same);
    }
}
