//! Two or three services on one store: the real engine, the real leases and transactions, and a simulated server.
//!
//! Each service has a clock of its own, minutes apart from the others. Services are suspended at any of their calls, also
//! between the last check and the first byte of a request; they are killed before and after a commit; the server is away,
//! and loses commits, their answers, or both. Each campaign has one occurrence and its own text.

pub mod failover;
mod process;
mod world;

pub use world::{Sum, run};

/// A safety measure that is removed, to show that the proof catches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mutant {
    None,
    /// A run is saved whatever version the store has.
    ComparesNoVersion,
    /// A service takes the lease of another one that works.
    TakesOverAtOnce,
    /// A service that had the lease once permits requests without looking.
    TrustsItsLease,
    /// The budget of a request does not count the time for which the service was suspended.
    CountsNoPause,
    /// A COMMIT without an answer counts as written.
    TrustsEveryCommit,
    /// After a COMMIT without an answer nobody looks whether it was written.
    LeavesNoMarker,
    /// After a failover, nobody compares the list of the machine that works.
    ComparesNoList,
    /// After a failover, the posts of another machine count as complete.
    TrustsOtherMachines,
    /// After a failover, what is due is recorded behind a watermark that was lost.
    PassesLostWatermarks,
}

impl Mutant {
    /// The statement that the mutant executes instead.
    fn altered(self, sql: &str) -> Option<String> {
        let changes: &[(&str, &str)] = match self {
            Self::ComparesNoVersion => &[(" AND version = ?21", " AND ?21 = ?21")],
            Self::TakesOverAtOnce => &[("owner IS NULL OR valid_until < clock_timestamp()", "TRUE")],
            // Each transaction checks the lease, and the first one on a new connection once more.
            Self::TrustsItsLease => &[
                (
                    "is_synchronous = synchronous() WHERE name = ?1 AND owner = ?3",
                    "owner = owner WHERE name = ?1 AND ?3 = ?3",
                ),
                ("owner = ?3, log, origin", "?3 = ?3, log, origin"),
            ],
            Self::ComparesNoList => &[("is_synchronous, coalesce(", "is_synchronous, 1000000 + coalesce(")],
            Self::TrustsOtherMachines => &[("owner = ?3, log, origin", "owner = ?3, NULL, origin")],
            Self::PassesLostWatermarks => &[("corp = ?1 AND watermark >= ?2", "corp = ?1 OR ?2 = ?2")],
            Self::LeavesNoMarker => &[("instr(markers, ',' || ?2 || ',') > 0", "?2 != ?2")],
            Self::None | Self::CountsNoPause | Self::TrustsEveryCommit => &[],
        };
        let (safe, altered) = changes.iter().find(|(safe, _)| sql.contains(safe))?;
        Some(sql.replace(safe, altered))
    }
}
