//! Forms that work once: a double click, a reload or the back button never posts a second time.
//!
//! In memory alone: a form ends with the service that showed it, as sessions do.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::CampaignId;
use crate::post::Post;
use crate::run::RunId;
use crate::secret::Secret;

/// How long a form can be used.
const FORM_TIME: TimeDelta = TimeDelta::minutes(30);
/// Forms at a time; the oldest one ends for the next.
const MAX_FORMS: usize = 256;

/// What a form showed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    pub campaign: CampaignId,
    /// The number of the content.
    pub content: u32,
    pub post: Option<Arc<Post>>,
    /// What customers would get twice, by name.
    pub repeated: BTreeSet<String>,
}

/// The answer to a form that was sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Taken {
    /// It is used up from now on.
    First(Shown),
    /// It was sent before. The run that it made, if it made one.
    Again(Option<RunId>),
    /// Too old, or not of this person.
    Unknown,
}

#[derive(Debug)]
struct Form {
    /// The person to whom it was shown.
    by: String,
    ends: DateTime<Utc>,
    /// `None` from the time that it was sent.
    shown: Option<Shown>,
    /// The run that it made.
    run: Option<RunId>,
}

/// The forms that were shown, by token.
#[derive(Debug, Default)]
pub(super) struct Forms(Mutex<HashMap<String, Form>>);

impl Forms {
    /// Remembers a form that is shown to a person. `token` is a fresh random one.
    pub(crate) fn show(&self, token: &Secret, by: &str, shown: Shown, now: DateTime<Utc>) {
        let mut forms = self.lock();
        forms.retain(|_, form| form.ends > now);
        if forms.len() >= MAX_FORMS
            && let Some(oldest) = forms.iter().min_by_key(|(_, form)| form.ends).map(|(token, _)| token.clone())
        {
            forms.remove(&oldest);
        }
        let form = Form { by: by.to_owned(), ends: now + FORM_TIME, shown: Some(shown), run: None };
        forms.insert(token.expose().to_owned(), form);
    }

    /// Uses up a form that a person sends.
    pub(crate) fn take(&self, token: &str, by: &str, now: DateTime<Utc>) -> Taken {
        let mut forms = self.lock();
        let Some(form) = forms.get_mut(token).filter(|form| form.ends > now && form.by == by) else {
            return Taken::Unknown;
        };
        form.shown.take().map_or_else(|| Taken::Again(form.run.clone()), Taken::First)
    }

    /// Notes the run that a form made.
    pub(crate) fn made(&self, token: &str, run: RunId) {
        if let Some(form) = self.lock().get_mut(token) {
            form.run = Some(run);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Form>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn shown() -> Shown {
        Shown { campaign: "spring".parse().expect("an id"), content: 1, post: None, repeated: BTreeSet::new() }
    }

    fn forms_with(token: &str) -> Forms {
        let forms = Forms::default();
        forms.show(&Secret::new(token), "lisi", shown(), NOW);
        forms
    }

    #[test]
    fn form_works_once_and_then_names_its_run() {
        let forms = forms_with("t");
        assert_eq!(forms.take("t", "lisi", NOW), Taken::First(shown()));
        assert_eq!(forms.take("t", "lisi", NOW), Taken::Again(None));
        let run: RunId = "spring@2026-03-02T09:00:00!".parse().or("spring@2026-03-02T09:00".parse()).expect("a run");
        forms.made("t", run.clone());
        assert_eq!(forms.take("t", "lisi", NOW), Taken::Again(Some(run)));
    }

    #[test]
    fn form_is_for_one_person_and_half_an_hour() {
        let forms = forms_with("t");
        assert_eq!(forms.take("t", "wangwu", NOW), Taken::Unknown);
        assert_eq!(forms.take("", "lisi", NOW), Taken::Unknown);
        assert_eq!(forms.take("t", "lisi", NOW + FORM_TIME), Taken::Unknown);
        assert_eq!(forms.take("t", "lisi", NOW), Taken::First(shown()));
    }

    #[test]
    fn forms_are_bounded() {
        let forms = Forms::default();
        for n in 0..=MAX_FORMS {
            let at = NOW + TimeDelta::seconds(i64::try_from(n).expect("few"));
            forms.show(&Secret::new(format!("t{n}")), "lisi", shown(), at);
        }
        assert_eq!(forms.lock().len(), MAX_FORMS);
        assert_eq!(forms.take("t0", "lisi", NOW), Taken::Unknown);
    }
}
