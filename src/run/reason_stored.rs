//! Reasons as they are stored.
//!
//! Earlier versions stored English sentences. They are read as [`Reason::Other`], because the append-only log of a run is
//! not rewritten. Sentences without arguments are recognised and get their code.

use super::reason::Reason;

/// The sentences without arguments that earlier versions stored. They stay as they are when today's words change.
static FORMER_SENTENCES: [(&str, Reason); 28] = [
    ("the campaign was changed before this could be posted, and nothing fires backwards", Reason::Edited),
    ("withdrawn: the campaign was removed before this could be posted; nothing was sent", Reason::Removed),
    ("withdrawn: the campaign's schedule does not have this time any more; nothing was sent", Reason::TimeRemoved),
    (
        "withdrawn: the service has another version of this campaign than the one that was to be posted, and nothing was sent; let the service load the new version (its log says \"book loaded\"), then post again",
        Reason::OtherVersion,
    ),
    (
        "withdrawn: the service's book does not have this campaign, and nothing was sent; let the service load it (its log says \"book loaded\"), then post again",
        Reason::NotInBook,
    ),
    ("its time was already past when the campaign was first seen", Reason::PastWhenFirstSeen),
    ("a newer occurrence was due as well by the time the service could post", Reason::NewerDue),
    ("withdrawn: `drumbeat post` was stopped (Ctrl-C) before anything was sent", Reason::PostStopped),
    ("the campaign's max_lateness was changed before this was sent", Reason::LatenessChanged),
    ("its hold was lifted, and it is caught up with", Reason::CaughtUp),
    ("its media were still being uploaded", Reason::StillUploading),
    (
        "the store does not have what was sent, or it was changed on the disk: look for this post in WeCom's console, then run `drumbeat settle RUN --created MOMENT_ID` or `--absent`",
        Reason::SentUnknown,
    ),
    (
        "WeCom did not understand all of the request and acted on the rest: look at the post in its console at once, its audience may be wider than was asked",
        Reason::PartiallyParsed,
    ),
    ("WeCom reports the job as done without a moment id; the post is looked for in WeCom's list", Reason::NoMomentId),
    (
        "WeCom took the request and does not know its job any more; the post is looked for in WeCom's list",
        Reason::UnknownJob,
    ),
    ("the store has no job id for it", Reason::NoJobId),
    ("WeCom did not finish the job within a day, and its list does not have it", Reason::Expired),
    (
        "the service stopped while the request was under way; it is being looked for at WeCom",
        Reason::StoppedWhileSending,
    ),
    (
        "the lock file says that this was about to be sent, and the store has forgotten it: look for it at WeCom, then run `drumbeat settle RUN --created MOMENT_ID` or `--absent`",
        Reason::Forgotten,
    ),
    ("not in WeCom's list yet; it will be looked for again", Reason::NotListedYet),
    (
        "another run with the same content is not settled yet, so a match could be either's; it will be looked for again",
        Reason::TwinOpen,
    ),
    ("the answer was lost; it was found in WeCom's list", Reason::FoundInList),
    (
        "it was due before this start, and WeCom's list has a post like it that no run owns: the store may have forgotten it",
        Reason::InListAlready,
    ),
    (
        "several posts at WeCom match it: look at them there, then run `drumbeat settle RUN --created MOMENT_ID` or `--absent`",
        Reason::Several,
    ),
    (
        "WeCom took the request, and its list does not show the post: look in WeCom's console, then run `drumbeat settle RUN --created MOMENT_ID` or `--absent`",
        Reason::TakenAndNotListed,
    ),
    ("the answer was lost, and WeCom's list does not have it", Reason::Absent),
    ("the answer was lost and WeCom's list does not have it: it is sent once more", Reason::SentAgain),
    (
        "it was sent once more and its answer was lost again; WeCom's list has neither of the two: it is not sent a third time",
        Reason::AbsentAgain,
    ),
];

impl Reason {
    /// The reason as it is stored.
    ///
    /// # Panics
    ///
    /// Never: a reason is plain data.
    pub fn to_stored(&self) -> String {
        match self {
            Self::Other(text) => text.clone(),
            reason => serde_json::to_string(reason).expect("a reason is plain data"),
        }
    }

    /// Reads a stored reason, or a sentence of an earlier version.
    pub fn from_stored(text: String) -> Self {
        if let Ok(reason) = serde_json::from_str(&text) {
            return reason;
        }
        let former = FORMER_SENTENCES.iter().find(|(sentence, _)| *sentence == text);
        former.map_or(Self::Other(text), |(_, reason)| reason.clone())
    }

    /// The stable code, for programs: `too_late`, `on_hold` and so on; `other` for a sentence of an earlier version.
    pub fn code(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(code)) => code,
            Ok(serde_json::Value::Object(fields)) => {
                fields.into_iter().next().map(|(code, _)| code).unwrap_or_default()
            }
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_error::{Answer, Call, Error};
    use crate::run::{HoldCause, LossKind, LostCommits, Scope};

    #[test]
    fn plain_reasons_read_back_from_both_forms() {
        for (sentence, reason) in &FORMER_SENTENCES {
            assert_eq!(Reason::from_stored(reason.to_stored()), *reason);
            assert_eq!(Reason::from_stored((*sentence).to_owned()), *reason);
        }
    }

    #[test]
    fn arguments_are_stored_with_the_code() {
        let answer = Answer { errcode: 60020, errmsg: "not allow".to_owned() };
        let call = Error::Refused { call: Call::Create, answer };
        let on_hold = |why: &str, cause: Option<HoldCause>| Reason::OnHold {
            scope: Scope::Everything,
            by: "lisi".to_owned(),
            why: why.to_owned(),
            cause: cause.map(Box::new),
        };
        let lost = LostCommits { why: LossKind::AnotherStore, doubtful: Vec::new(), in_doubt: 2 };
        for reason in [
            Reason::GivenUp { last: Some(Box::new(Reason::Call(call))) },
            Reason::Candidate { moment_id: "m".to_owned(), is_exact: true, seconds_after: -5 },
            on_hold("盘点", None),
            on_hold("the store has lost commits", Some(HoldCause::LostCommits(lost))),
        ] {
            assert_eq!(Reason::from_stored(reason.to_stored()), reason);
        }
    }

    #[test]
    fn an_invalid_file_stored_without_its_rule() {
        let stored = r#"{"invalid_file":{"file":"a.toml","why":"unknown key `tite`"}}"#;
        let why = "unknown key `tite`".to_owned();
        let reason = Reason::InvalidFile { file: "a.toml".to_owned(), why, rule: None };
        assert_eq!(Reason::from_stored(stored.to_owned()), reason);
        assert_eq!(reason.to_stored(), stored);
    }

    #[test]
    fn an_unknown_sentence_stays_as_it_was() {
        let text = "an older sentence: `drumbeat settle RUN --absent`";
        let reason = Reason::from_stored(text.to_owned());
        assert_eq!(reason, Reason::Other(text.to_owned()));
        assert_eq!(reason.to_stored(), text);
    }
}
