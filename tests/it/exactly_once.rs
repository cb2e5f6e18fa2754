//! Nothing is sent twice and nothing due is lost, whatever fails: the simulation, and mutants that prove that it can
//! fail.

use crate::at_length::rounds;
use crate::simulation::crowd::{self, Crowd};
use crate::simulation::set_back::{self, SetBack};
use crate::simulation::{Mutant, Sum, run, simulate_with_results};

#[track_caller]
fn holds(sum: &Sum) {
    let Some((seed, violations)) = sum.failed.first() else { return };
    let all: Vec<String> = violations.iter().map(ToString::to_string).collect();
    panic!("seed {seed} (replay: cargo run --release --example simulate -- --seed {seed}):\n  {}", all.join("\n  "));
}

/// With a safety removed, the simulation must fail with these words: at a seed that is known to show it, or else within
/// 300 seeds.
#[track_caller]
#[expect(clippy::print_stdout, reason = "with `--nocapture` it tells which seed shows it now")]
fn fails(mutant: Mutant, with: &str, known: u64) {
    let others = (0..300).step_by(10).map(|from| from..from + 10);
    for seeds in std::iter::once(known..known + 1).chain(others) {
        let sum = run(seeds, mutant, usize::MAX, |_| ());
        let caught =
            sum.failed.iter().find(|(_, violations)| violations.iter().any(|it| it.to_string().contains(with)));
        if let Some((seed, _)) = caught {
            println!("seed {seed} shows {mutant:?}");
            return;
        }
    }
    panic!("300 seeds, and none was caught with \"{with}\"");
}

#[test]
fn many_bad_days() {
    let sum = run(0..rounds(60, 2_000), Mutant::None, 1, |_| ());
    holds(&sum);
    assert!(
        sum.posted > sum.due / 4,
        "of {} due only {} were posted: the days are too bad to prove much",
        sum.due,
        sum.posted
    );
}

#[test]
fn counting_results_breaks_no_promise() {
    let mut finished = 0;
    for seed in 0..rounds(20, 200) {
        let (report, sweeps) = simulate_with_results(seed);
        let violations: Vec<String> = report.violations.iter().map(ToString::to_string).collect();
        assert!(violations.is_empty(), "seed {seed}: {violations:?}");
        finished += sweeps;
    }
    assert!(finished > rounds(30, 300), "{finished} sweeps prove little");
}

#[test]
fn mutant_confusing_lost_and_unsent_posts_twice() {
    fails(Mutant::LostIsNotSent, "posted twice", 0);
}

#[test]
fn without_writing_before_sending_posts_go_out_twice() {
    fails(Mutant::ForgetsSending, "posted twice", 12);
}

#[test]
fn without_a_settle_window_posts_go_out_twice() {
    fails(Mutant::SettlesAtOnce, "posted twice", 2);
}

#[test]
fn mutant_trusting_its_clock_posts_twice() {
    fails(Mutant::TrustsItsClock, "posted twice", 6);
}

/// The first of these seeds with a broken promise, and what was broken.
fn broken_by(what: SetBack, seeds: impl IntoIterator<Item = u64>) -> Option<(u64, Vec<String>)> {
    seeds.into_iter().map(|seed| (seed, set_back::simulate(seed, what))).find(|(_, broken)| !broken.is_empty())
}

#[test]
fn a_restored_store_posts_nothing_twice() {
    assert_eq!(broken_by(SetBack::Store, 0..rounds(15, 60)), None);
}

#[test]
fn restored_snapshot_repeats_no_listed_post() {
    assert_eq!(broken_by(SetBack::StoreAndWitness, 0..rounds(15, 60)), None);
}

#[test]
fn mutant_ignoring_former_versions_posts_twice() {
    let (_, broken) = broken_by(SetBack::OnlyTheCurrentVersion, (12..60).chain(0..12)).expect("some seed posts twice");
    assert!(broken.iter().any(|it| it.starts_with("posted twice")), "{broken:?}");
}

#[test]
fn mutant_without_witness_posts_twice() {
    let (_, broken) = broken_by(SetBack::NothingIsAsked, 0..60).expect("some seed posts twice");
    assert!(broken.iter().any(|it| it.starts_with("posted twice")), "{broken:?}");
}

#[test]
fn slow_uploads_and_bursts_delay_no_texts() {
    let broken = (0..rounds(3, 30)).map(|seed| crowd::simulate(seed, Crowd::AsItIs)).find(|broken| !broken.is_empty());
    assert_eq!(broken, None);
}

#[test]
fn mutant_with_shared_upload_slots_delays_texts() {
    let broken = crowd::simulate(0, Crowd::UploadsTakePlaces);
    assert!(broken.iter().any(|it| it.starts_with("text-") && it.contains(" late")), "{broken:?}");
}

#[test]
fn where_posts_wait_for_listeners_they_are_late() {
    let broken = crowd::simulate(0, Crowd::WaitsForListeners);
    assert!(broken.iter().any(|it| it.starts_with("burst-") && it.contains(" late")), "{broken:?}");
}

#[test]
fn mutant_without_comparing_sends_old_versions() {
    fails(Mutant::KeepsToTheClaim, "the book did not have it any more", 31);
}

#[test]
fn mutant_choosing_by_history_posts_other_contents() {
    fails(Mutant::TakesContentByHistory, "carries another text than was active", 0);
}

#[test]
fn mutant_removing_missing_files_at_once_loses_posts() {
    fails(Mutant::TakesAwayForRemoved, "lost", 0);
}

#[test]
fn mutant_without_similarity_posts_twice() {
    fails(Mutant::SeesOnlyExact, "posted twice", 3);
}

#[test]
fn mutant_without_job_lookup_loses_outcomes() {
    fails(Mutant::TakesUnclearForRefused, "no run owns it", 22);
}

#[test]
fn a_seed_replays_exactly() {
    let (one, two) = (run(7..8, Mutant::None, 1, |_| ()), run(7..8, Mutant::None, 1, |_| ()));
    assert_eq!(format!("{one:?}"), format!("{two:?}"));
}
