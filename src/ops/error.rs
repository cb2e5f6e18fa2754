//! What the errors of all operations have in common.

/// Implements `Display` in English, for logs, for an error with words in each language.
macro_rules! display_in_english {
    ($($error:ty),+ $(,)?) => {$(
        impl std::fmt::Display for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::text::UserError::text(self).get($crate::text::Lang::En))
            }
        }

        impl std::error::Error for $error {}
    )+};
}

pub(super) use display_in_english;
