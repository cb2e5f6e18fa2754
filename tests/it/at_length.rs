//! How much a long proof lives through: less in every `cargo test`, all of it with `DRUMBEAT_AT_LENGTH=1`, as `.ci/run` does.

/// Rounds of a proof: `short`, or `long` where the tests run at length.
pub(crate) fn rounds<T>(short: T, long: T) -> T {
    #[expect(clippy::disallowed_methods, reason = "a switch of the tests alone")]
    let asked = std::env::var("DRUMBEAT_AT_LENGTH").is_ok_and(|it| it == "1");
    if asked { long } else { short }
}
