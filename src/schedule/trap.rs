//! Rules that are sound and probably not what their writer meant.

use std::fmt;
use std::ops::Range;

use super::fault::Part;

/// Something to warn of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    pub part: Part,
    /// Bytes of the text of that part; None: the whole part.
    pub span: Option<Range<usize>>,
    pub kind: TrapKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrapKind {}

impl Trap {
    /// The next act, where there is one to name.
    pub fn help(&self) -> Option<String> {
        None
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {}
    }
}
