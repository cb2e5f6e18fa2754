//! What a campaign posts: its contents, and which of them an occurrence gets.
//!
//! The choice is a function of the campaign and the occurrence alone, never of what was posted before.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::ids::Sha256;
use crate::post::{Audience, Post, PostTemplate};

/// The contents of a campaign in the order of its file, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    entries: Vec<Content>,
}

/// One content of a campaign, with the audience that all of them share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    post: PostTemplate,
}

/// The content of one occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its place in the file, from 1.
    pub number: u32,
    /// What is posted.
    pub post: Arc<Post>,
}

impl Contents {
    /// A single content for every occurrence.
    pub fn one(post: PostTemplate) -> Self {
        Self { entries: vec![Content { post }] }
    }

    /// The first content of the file.
    pub fn first(&self) -> &Content {
        &self.entries[0]
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Content> {
        self.entries.iter()
    }

    /// A content by its place in the file, from 1, as it is posted on a local date.
    pub fn on(&self, number: u32, date: NaiveDate) -> Option<Chosen> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        Some(Chosen { number, post: self.entries.get(at)?.on(date) })
    }

    /// Digest of everything that customers could see and of who they are.
    pub fn sha256(&self) -> Sha256 {
        self.first().post.sha256()
    }

    /// Who is asked to post all of them and who may see them.
    pub fn audience(&self) -> &Audience {
        &self.first().post().audience
    }
}

impl Content {
    /// As it is written, for what has no date.
    pub fn post(&self) -> &Arc<Post> {
        self.post.post()
    }

    /// As it is posted on a local date.
    pub fn on(&self, date: NaiveDate) -> Arc<Post> {
        self.post.on(date)
    }
}
