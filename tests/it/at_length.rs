//! The length of long proofs: short in `cargo test`, full with `DRUMBEAT_AT_LENGTH=1`, as in `.ci/run`.

/// The rounds of a proof: `short`, or `long` in a full run.
pub(crate) fn rounds<T>(short: T, long: T) -> T {
    #[expect(clippy::disallowed_methods, reason = "a switch of the tests alone")]
    let asked = std::env::var("DRUMBEAT_AT_LENGTH").is_ok_and(|it| it == "1");
    if asked { long } else { short }
}
