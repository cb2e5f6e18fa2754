//! How a person who reads a reason acts on it.

/// Where a text is read: it names the next act of that place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// In a terminal or a notification: a person acts with commands.
    Terminal,
    /// On a page of the service, which has forms for the same.
    Page,
}
