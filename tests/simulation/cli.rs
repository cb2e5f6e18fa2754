//! The long form of the simulation: `cargo run --release --example simulate -- --seeds 100000`.

#[path = "mod.rs"]
mod simulation;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use simulation::crowd::{self, Crowd};
use simulation::replicas;
use simulation::set_back::{self, SetBack};
use simulation::{Mutant, broken, run};

/// Simulates some days with faults for each seed, and counts broken promises
#[derive(Parser)]
struct Args {
    /// The number of seeds
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only this seed
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// What is simulated
    #[arg(long, value_enum, default_value = "days")]
    kind: Kind,
    /// With `replicas`: a safety measure that is removed, to find a seed that shows it
    #[arg(long, value_enum, default_value = "none")]
    mutant: replicas::Mutant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Faults, crashes, edits, clock changes, missing files, and answers that WeCom's pages do not describe
    Days,
    /// A store that is restored to an earlier commit, alone or with its witness
    Restores,
    /// Two or three services on one store, suspended and killed anywhere, with a server that fails
    Replicas,
    /// Slow uploads, many posts at one instant, and subscribers
    Crowds,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command")]
fn main() -> ExitCode {
    let args = Args::parse();
    let seeds = args.seed.map_or(args.from..args.from + args.seeds, |seed| seed..seed + 1);
    let (start, many) = (Instant::now(), seeds.end - seeds.start);
    if args.kind == Kind::Replicas {
        let replicas::Sum { seeds: done, total, failed } = replicas::run(seeds, args.mutant, 10);
        println!(
            "{done} seeds in {:.1} s: {} due, {} posted; {} kills, {} pauses, {} commits lost or unanswered, {} takeovers, {} late sends; {} seeds broke a promise",
            start.elapsed().as_secs_f64(),
            total.due,
            total.posted,
            total.kills,
            total.pauses,
            total.commits,
            total.takeovers,
            total.late_sends,
            failed.len()
        );
        failed
            .iter()
            .flat_map(|(seed, broken)| broken.iter().map(move |it| (seed, it)))
            .for_each(|(seed, it)| println!("seed {seed}: {it}"));
        total.story.iter().for_each(|line| println!("{line}"));
        return if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let told = match args.kind {
        Kind::Replicas | Kind::Days => None,
        Kind::Restores => Some(broken(seeds.clone(), |seed| {
            [SetBack::Store, SetBack::StoreAndWitness].into_iter().flat_map(|it| set_back::simulate(seed, it)).collect()
        })),
        Kind::Crowds => Some(broken(seeds.clone(), |seed| crowd::simulate(seed, Crowd::AsItIs))),
    };
    if let Some(failed) = told {
        println!("{many} seeds in {:.1} s; {} broke a promise", start.elapsed().as_secs_f64(), failed.len());
        failed.iter().for_each(|(seed, broken)| println!("seed {seed}: {}", broken.join("; ")));
        return if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let watched = std::io::stderr().is_terminal();
    let sum = run(seeds, Mutant::None, 10, |sum| {
        if watched && (sum.seeds.is_multiple_of(100) || sum.seeds == many) {
            eprint!(
                "\r{} of {many} seeds, {} broken{}",
                sum.seeds,
                sum.failed.len(),
                if sum.seeds == many { "\n" } else { "" }
            );
        }
    });
    println!(
        "{} seeds in {:.1} s: {} occurrences due, {} posted; {} crashes, {} faults, {} edits, {} changes of answers and absences; {} seeds broke a promise",
        sum.seeds,
        start.elapsed().as_secs_f64(),
        sum.due,
        sum.posted,
        sum.crashes,
        sum.faults,
        sum.edits,
        sum.turns,
        sum.failed.len()
    );
    for (seed, violations) in &sum.failed {
        for violation in violations {
            println!("seed {seed}: {violation}");
        }
    }
    if args.seed.is_some() {
        sum.story.iter().for_each(|line| println!("{line}"));
    }
    if sum.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
