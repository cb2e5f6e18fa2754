//! Two and three services on one store send nothing twice and lose nothing, whatever fails: the simulation, and mutants
//! that prove that it can fail.

use crate::at_length::rounds;
use crate::simulation::replicas::{Mutant, Sum, failover, run};

/// With a safety removed, the simulation must fail with these words: at a seed that is known to show it, or else within the
/// 3,000 after it.
#[track_caller]
#[expect(clippy::print_stdout, reason = "with `--nocapture` it tells which seed shows it now")]
fn fails(mutant: Mutant, with: &str, known: u64) {
    let others = (known..known + 3_000).step_by(4).map(|from| from..from + 4);
    for seeds in std::iter::once(known..known + 1).chain(others) {
        let Sum { failed, .. } = run(seeds, mutant, usize::MAX);
        let caught = failed.iter().find(|(_, violations)| violations.iter().any(|it| it.to_string().contains(with)));
        if let Some((seed, _)) = caught {
            println!("seed {seed} shows {mutant:?}");
            return;
        }
    }
    panic!("3,000 seeds, and none was caught with \"{with}\"");
}

#[test]
fn several_services_send_once_and_lose_nothing() {
    let Sum { total, failed, .. } = run(0..rounds(50, 2_000), Mutant::None, 1);
    if let Some((seed, violations)) = failed.first() {
        let all: Vec<String> = violations.iter().map(ToString::to_string).collect();
        let replay = format!("cargo run --release --example simulate -- --kind replicas --seed {seed}");
        panic!("seed {seed} (replay: {replay}):\n  {}", all.join("\n  "));
    }
    assert!(total.posted > total.due / 2, "of {} due only {} were posted: this proves little", total.due, total.posted);
    assert!(
        total.failovers > rounds(8, 20) && total.held > rounds(1, 3),
        "{} failovers, {} holds",
        total.failovers,
        total.held
    );
    assert!(total.takeovers > total.due / 2, "{} takeovers prove little", total.takeovers);
}

#[test]
fn a_seed_always_gives_the_same_run() {
    let run_all = || format!("{:?}", run(0..rounds(20, 100), Mutant::None, usize::MAX).total);
    assert_eq!(run_all(), run_all());
}

#[test]
fn mutant_comparing_no_version_is_caught() {
    fails(Mutant::ComparesNoVersion, "went from", 5);
}

#[test]
fn mutant_taking_over_at_once_is_caught() {
    fails(Mutant::TakesOverAtOnce, "though nothing went wrong", 772);
}

#[test]
fn mutant_trusting_its_lease_is_caught() {
    fails(Mutant::TrustsItsLease, "on hold without a loss", 181);
}

#[test]
fn mutant_trusting_every_commit_posts_twice() {
    fails(Mutant::TrustsEveryCommit, "posted twice", 40);
}

#[test]
fn mutant_without_marker_loses_posts() {
    fails(Mutant::LeavesNoMarker, "is absent though nothing went wrong", 506);
}

#[test]
fn a_failover_at_any_call_loses_and_repeats_nothing() {
    assert_eq!(failover::at_calls(rounds(&[60], &[1, 6, 30, 60, 100]), 0, rounds(4, 1), Mutant::None), None);
}

#[test]
fn mutant_passing_lost_watermarks_loses_posts() {
    let broken = failover::at_calls(&[60], 362, 1, Mutant::PassesLostWatermarks);
    assert!(broken.as_ref().is_some_and(|broken| broken.contains("has no run: lost")), "{broken:?}");
}

#[test]
fn mutant_comparing_no_list_posts_twice() {
    let broken = failover::at_calls(&[30], 97, 1, Mutant::ComparesNoList);
    assert!(broken.as_ref().is_some_and(|broken| broken.contains("posted twice")), "{broken:?}");
}

#[test]
fn mutant_trusting_other_machines_posts_twice() {
    fails(Mutant::TrustsOtherMachines, "posted twice", 1_052);
}

#[test]
fn mutant_counting_no_suspension_sends_what_is_absent() {
    fails(Mutant::CountsNoPause, "no run owns it", 1_649);
}
