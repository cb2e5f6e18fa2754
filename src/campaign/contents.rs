//! What a campaign posts: its contents, and which of them an occurrence gets.
//!
//! The choice is a function of the campaign and the occurrence alone, never of what was posted before.

use std::sync::Arc;

use chrono::NaiveDate;

use super::rotation::{AfterLast, ChoiceReason, Order, Rotation};
use crate::ids::{CampaignId, Sha256};
use crate::post::{Audience, Post, PostTemplate};

/// The contents of a campaign in the order of its file, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    entries: Vec<Content>,
    rotation: Rotation,
}

/// One content of a campaign, with the audience that all of them share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    post: PostTemplate,
}

/// The content of one occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenContent {
    /// Its place in the file, from 1.
    pub number: u32,
    /// What is posted.
    pub post: Arc<Post>,
    pub reason: ChoiceReason,
}

impl Contents {
    /// A single content for every occurrence.
    pub fn one(post: PostTemplate) -> Self {
        let rotation = Rotation::new(Order::Listed, AfterLast::Repeat, &[Vec::new()]).expect("one content takes turns");
        Self { entries: vec![Content { post }], rotation }
    }

    /// Contents in the order of the file, as many as `rotation` was made of.
    pub fn several(entries: Vec<Content>, rotation: Rotation) -> Self {
        Self { entries, rotation }
    }

    /// The first content of the file.
    pub fn first(&self) -> &Content {
        &self.entries[0]
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Content> {
        self.entries.iter()
    }

    /// A content by its place in the file, from 1.
    pub fn get(&self, number: u32) -> Option<&Content> {
        self.entries.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// The local dates that are kept for a content, by its place in the file from 1.
    pub fn dates_of(&self, number: u32) -> Vec<NaiveDate> {
        self.rotation.dates_of(number)
    }

    /// Whether the campaign has more than one content.
    pub fn has_several(&self) -> bool {
        self.entries.len() > 1
    }

    pub fn rotation(&self) -> &Rotation {
        &self.rotation
    }

    /// The content of an occurrence on a local date. `firing` gives the number of its nominal firing, from 0.
    pub(super) fn choose(
        &self,
        id: &CampaignId,
        date: NaiveDate,
        firing: impl FnOnce() -> Option<u64>,
    ) -> ChosenContent {
        let (number, reason) = self.rotation.content_of(id, date, firing);
        let content = self.get(number).expect("a rotation is made of these contents");
        ChosenContent { number, post: content.on(date), reason }
    }

    /// A content that a person named by its place in the file, from 1, as it is posted on a local date.
    pub fn named(&self, number: u32, date: NaiveDate) -> Option<ChosenContent> {
        Some(ChosenContent { number, post: self.get(number)?.on(date), reason: ChoiceReason::Named })
    }

    /// Digest of all contents, the audience and the order. With a single content, this is the digest of the post.
    ///
    /// # Panics
    /// Never: a rotation is plain data, which serializes.
    pub fn sha256(&self) -> Sha256 {
        if let [only] = &self.entries[..] {
            return only.post.sha256();
        }
        let mut all: String = self.entries.iter().map(|content| content.post.sha256().to_string()).collect();
        all += &serde_json::to_string(&self.rotation).expect("a rotation is plain data");
        Sha256::of(all.as_bytes())
    }

    /// Who is asked to post all of them and who may see them.
    pub fn audience(&self) -> &Audience {
        &self.first().post().audience
    }
}

impl Content {
    pub fn new(post: PostTemplate) -> Self {
        Self { post }
    }

    /// The post with its date variables not filled in, for uses without a date.
    pub fn post(&self) -> &Arc<Post> {
        self.post.post()
    }

    /// The post with its date variables filled in for a local date.
    pub fn on(&self, date: NaiveDate) -> Arc<Post> {
        self.post.on(date)
    }
}
