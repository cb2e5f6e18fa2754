//! A value with its place in the file.

use std::ops::{Deref, Range};

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    pub value: T,
    /// In bytes of the file.
    pub span: Range<usize>,
}

impl<T> Spanned<T> {
    pub fn new(value: T, span: Range<usize>) -> Self {
        Self { value, span }
    }

    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A set of spans of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanSet(Vec<Range<usize>>);

impl SpanSet {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a byte of the file is in one of the spans.
    pub fn contains(&self, at: usize) -> bool {
        let after = self.0.partition_point(|stretch| stretch.start <= at);
        after > 0 && at < self.0[after - 1].end
    }
}

impl FromIterator<Range<usize>> for SpanSet {
    fn from_iter<I: IntoIterator<Item = Range<usize>>>(stretches: I) -> Self {
        let mut stretches: Vec<_> = stretches.into_iter().collect();
        stretches.sort_by_key(|stretch| stretch.start);
        stretches.dedup_by(|next, last| {
            let meets = next.start <= last.end;
            last.end = if meets { last.end.max(next.end) } else { last.end };
            meets
        });
        Self(stretches)
    }
}
