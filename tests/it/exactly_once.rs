//! Nothing goes out twice and nothing due is lost, whatever fails: the simulation, and that it can fail.

use crate::simulation::{Mutant, Sum, run};

#[track_caller]
fn holds(sum: &Sum) {
    let Some((seed, violations)) = sum.failed.first() else { return };
    let all: Vec<String> = violations.iter().map(ToString::to_string).collect();
    panic!("seed {seed} (replay: cargo run --release --example simulate -- --seed {seed}):\n  {}", all.join("\n  "));
}

#[track_caller]
fn fails(sum: &Sum, with: &str) {
    let says = |(_, violations): &(u64, Vec<_>)| {
        violations.iter().any(|it: &crate::simulation::Violation| it.to_string().contains(with))
    };
    assert!(sum.failed.iter().any(says), "{} seeds, and none was caught with \"{with}\"", sum.seeds);
}

#[test]
fn two_thousand_bad_days() {
    let sum = run(0..2_000, Mutant::None, 1);
    holds(&sum);
    assert!(
        sum.posted > sum.due / 4,
        "of {} due only {} were posted: the days are too bad to prove much",
        sum.due,
        sum.posted
    );
}

#[test]
fn without_telling_lost_from_not_sent_posts_go_out_twice() {
    fails(&run(0..300, Mutant::LostIsNotSent, 40), "posted twice");
}

#[test]
fn without_writing_before_sending_posts_go_out_twice() {
    fails(&run(0..300, Mutant::ForgetsSending, 40), "posted twice");
}

#[test]
fn without_a_settle_window_posts_go_out_twice() {
    fails(&run(0..300, Mutant::SettlesAtOnce, 40), "posted twice");
}

#[test]
fn a_seed_replays_exactly() {
    let (one, two) = (run(7..8, Mutant::None, 1), run(7..8, Mutant::None, 1));
    assert_eq!(format!("{one:?}"), format!("{two:?}"));
}
