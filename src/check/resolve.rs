//! Resolves the entries of an audience: ids as they are, names through the directory.
//!
//! The form of an entry alone decides whether it is an id, with or without a directory. Nothing is guessed: a name of
//! several entries is not resolved.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::entries::{TAG, is_spoilt_tag_id, is_tag_id, is_user_id, quoted_number, several};
use crate::book::{
    self, Book, Department, DepartmentRef, Directory, ParsedCampaign, Policy, SourceFile, Tag, VisibleRange,
};
use crate::finding::Finding;
use crate::post::{Audience, Names};

/// ParseErrors of the policy that are assigned to audiences.
const MAX_PARSE_ERRORS: usize = 100;

/// Resolves names of audiences, departments and tags to ids.
pub(super) struct Resolver<'a> {
    policy: &'a Policy,
    audiences: HashMap<&'a str, &'a book::Audience>,
    state: DirectoryState<'a>,
    /// The directory for lookups: WeCom's current lists if they were fetched, or else the book's own.
    pub(super) directory: Option<&'a Directory>,
}

/// The source of names.
#[derive(Clone, Copy, Default)]
enum DirectoryState<'a> {
    /// The book has no directory.
    #[default]
    Nowhere,
    /// The book's directory is not reliable.
    Broken,
    In(&'a Directory),
}

/// The meaning of an entry.
pub(super) enum Resolution<'d, Id, Row> {
    /// An id, whether the directory has it or not.
    Id(Id),
    /// The id of a name in the directory.
    Named(Id),
    /// Neither an id nor a possible name.
    Nothing,
    /// A name, but the book has no directory.
    NoDirectory,
    /// A name, but the directory is not reliable.
    Open,
    /// A name that the directory does not have.
    Unknown,
    /// An ambiguous name: the first [`book::MAX_SAME_NAME`] entries.
    Several(&'d Directory, Vec<&'d Row>),
}

impl<Id, Row> Resolution<'_, Id, Row> {
    /// The id, if the entry has exactly one.
    pub(super) fn id(self) -> Option<Id> {
        match self {
            Self::Id(id) | Self::Named(id) => Some(id),
            _ => None,
        }
    }
}

/// An entry that the directory lacks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Missing {
    Sender(String),
    DepartmentId(u64),
    Department(String),
    TagId(String),
    Tag(String),
}

/// A `visible_range` as written.
pub struct AudienceRef<'a> {
    pub file: &'a Arc<SourceFile>,
    /// Its name in the policy; `None` for a campaign's own.
    pub name: Option<&'a str>,
    /// The head of its table.
    pub head: &'a Range<usize>,
    pub range: &'a VisibleRange,
    /// Whether absent entries were certainly not written.
    pub is_sure: bool,
}

impl<'a> AudienceRef<'a> {
    /// A campaign's own `visible_range`.
    pub(super) fn of_campaign(parsed: &'a ParsedCampaign) -> Option<Self> {
        let range = parsed.visible_range.as_ref()?;
        let is_sure = parsed.is_sure("visible_range");
        Some(Self { file: &parsed.file, name: None, head: &range.span, range: &range.value, is_sure })
    }
}

impl<'a> Resolver<'a> {
    /// Knows the policy's named audiences, but no directory yet.
    pub(super) fn new(policy: &'a Policy) -> Self {
        let audiences = policy.audiences.iter().map(|audience| (audience.name.as_str(), audience)).collect();
        Self { policy, audiences, state: DirectoryState::Nowhere, directory: None }
    }

    /// From here on, looks ids and names up in the directory. `is_reliable` is about the book's own.
    pub(super) fn use_directory(&mut self, book: &'a Book, is_reliable: bool) {
        let now = book.corp.now.as_deref();
        let own = book.directory.as_deref();
        self.directory = now.or(own.filter(|_| is_reliable));
        // Without a directory file in the book, names have no meaning, whatever WeCom's lists are today.
        self.state = match own {
            None => DirectoryState::Nowhere,
            Some(_) if !is_reliable => DirectoryState::Broken,
            Some(own) => DirectoryState::In(now.unwrap_or(own)),
        };
    }

    /// The names of all ids, if names can be looked up.
    pub(super) fn names(&self) -> Option<Names> {
        match self.state {
            DirectoryState::In(directory) => Some(directory.names()),
            DirectoryState::Nowhere | DirectoryState::Broken => None,
        }
    }

    /// A named audience of the policy.
    pub(super) fn named(&self, name: &str) -> Option<&'a book::Audience> {
        self.audiences.get(name).copied()
    }

    /// The named audiences of the policy, in file order.
    pub(super) fn audiences(&self) -> impl Iterator<Item = AudienceRef<'a>> {
        let policy = self.policy;
        // Compares each audience with each error. With too many parse_errors, no audience counts as certain.
        let is_sure = |name: &str| {
            policy.parse_errors.len() <= MAX_PARSE_ERRORS
                && book::is_sure(&policy.parse_errors, &format!("audiences.{name}"))
        };
        policy.file.iter().flat_map(move |file| {
            policy.audiences.iter().map(move |audience| AudienceRef {
                file,
                name: Some(&audience.name),
                head: &audience.name.span,
                range: &audience.range,
                is_sure: is_sure(&audience.name.value),
            })
        })
    }

    /// The audience of a range: resolves the policy's named audience if the range names one, and the directory's names.
    pub(super) fn audience(&self, range: &VisibleRange) -> Option<Audience> {
        if let Some(name) = &range.audience {
            let named = self.named(name)?;
            // A named audience cannot name another, so there is no loop.
            return if named.range.audience.is_some() { None } else { self.audience(&named.range) };
        }
        if range.all.as_ref().is_some_and(|all| all.value) {
            return Some(Audience::Everyone);
        }
        let users: Vec<String> = range.senders().map(|entry| entry.value.clone()).collect();
        // Only ids are sent: an unresolved entry makes the whole audience invalid, never a smaller one.
        let departments = range.departments().map(|entry| self.department(entry).id()).collect::<Option<Vec<_>>>()?;
        let tags = range.tags().map(|entry| self.tag(entry).id()).collect::<Option<Vec<_>>>()?;
        let someone = !(users.is_empty() && departments.is_empty() && tags.is_empty());
        someone.then_some(Audience::Lists { users, departments, tags })
    }

    /// The first error in the policy's audience that a campaign uses.
    pub(super) fn unresolved<'f>(&self, parsed: &ParsedCampaign, errors: &[&'f Finding]) -> Option<&'f Finding> {
        let name = parsed.visible_range.as_ref()?.audience.as_ref()?;
        let range = &self.named(name)?.range;
        let spans = range.departments().map(|it| &it.span).chain(range.tags().map(|it| &it.span));
        let spans: HashSet<&Range<usize>> = spans.collect();
        errors.iter().find(|error| error.place.span.as_ref().is_some_and(|span| spans.contains(span))).copied()
    }

    /// Splits several entries of `tag_list` in one text.
    pub(super) fn several_tags(&self, text: &str) -> Option<String> {
        several(text, |part| match self.tag(part) {
            Resolution::Id(_) | Resolution::Named(_) => book::quoted(part),
            _ => None,
        })
    }

    /// Splits several entries of `department_list` in one text.
    pub(super) fn several_departments(&self, text: &str) -> Option<String> {
        several(text, |part| match self.department(&DepartmentRef::Name(part.to_owned())) {
            Resolution::Named(_) => book::quoted(part),
            _ => quoted_number(part).filter(|number| number.parse::<u64>().is_ok_and(|id| id > 0)),
        })
    }

    /// The meaning of an entry of `tag_list`.
    pub(super) fn tag(&self, text: &str) -> Resolution<'a, String, Tag> {
        if text.is_empty() {
            return Resolution::Nothing;
        }
        let has_form = is_tag_id(text);
        if has_form && text.starts_with(TAG) {
            return Resolution::Id(text.to_owned());
        }
        match self.state {
            // The id of another kind of tag, which another rule reports.
            DirectoryState::Nowhere if has_form => Resolution::Id(text.to_owned()),
            // An id typed with full-width letters is not a name.
            _ if is_spoilt_tag_id(text) => Resolution::Nothing,
            DirectoryState::Nowhere => Resolution::NoDirectory,
            DirectoryState::Broken => Resolution::Open,
            DirectoryState::In(directory) => {
                of_found(directory, directory.tags_named(text), |tag| tag.id.value.clone())
            }
        }
    }

    /// The meaning of an entry of `department_list`.
    pub(super) fn department(&self, entry: &DepartmentRef) -> Resolution<'a, u64, Department> {
        let name = match entry {
            DepartmentRef::Id(id) => {
                return u64::try_from(*id).ok().filter(|id| *id > 0).map_or(Resolution::Nothing, Resolution::Id);
            }
            DepartmentRef::Name(name) if name.is_empty() || quoted_number(name).is_some() => {
                return Resolution::Nothing;
            }
            DepartmentRef::Name(name) => name,
        };
        match self.state {
            DirectoryState::Nowhere => Resolution::NoDirectory,
            DirectoryState::Broken => Resolution::Open,
            DirectoryState::In(directory) => of_found(directory, directory.departments_named(name), |it| it.id.value),
        }
    }
}

impl Resolver<'_> {
    /// The entries of an audience that the directory lacks, in key order.
    pub(super) fn missing(&self, audience: &AudienceRef<'_>) -> impl Iterator<Item = Missing> {
        let senders = audience.range.senders().filter(|it| self.is_unknown_sender(it));
        let senders = senders.map(|it| Missing::Sender(it.value.clone()));
        let departments = audience.range.departments().filter_map(|it| self.missing_department(it));
        let tags = audience.range.tags().filter_map(|it| self.missing_tag(it));
        senders.chain(departments).chain(tags)
    }

    /// Whether the directory lacks a valid user id.
    pub(super) fn is_unknown_sender(&self, user: &str) -> bool {
        is_user_id(user) && self.directory.is_some_and(|directory| !directory.has_sender(user))
    }

    /// A department that the directory lacks, by id or name.
    pub(super) fn missing_department(&self, entry: &DepartmentRef) -> Option<Missing> {
        match (self.department(entry), entry) {
            (Resolution::Id(id), _) if self.directory?.department(id).is_none() => Some(Missing::DepartmentId(id)),
            (Resolution::Unknown, DepartmentRef::Name(name)) => Some(Missing::Department(name.clone())),
            _ => None,
        }
    }

    /// A tag that the directory lacks, by id or name.
    pub(super) fn missing_tag(&self, entry: &str) -> Option<Missing> {
        match self.tag(entry) {
            Resolution::Id(id) if self.directory?.tag(&id).is_none() => Some(Missing::TagId(id)),
            Resolution::Unknown => Some(Missing::Tag(entry.to_owned())),
            _ => None,
        }
    }
}

fn of_found<'d, Id, Row>(directory: &'d Directory, found: Vec<&'d Row>, id: fn(&Row) -> Id) -> Resolution<'d, Id, Row> {
    match found[..] {
        [] => Resolution::Unknown,
        [one] => Resolution::Named(id(one)),
        _ => Resolution::Several(directory, found),
    }
}
