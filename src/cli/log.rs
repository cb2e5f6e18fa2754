//! Sets up the log: one event per line on stderr.

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::error::Result;
use crate::text::Text;

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line, for machines.
    Json,
}

pub(super) fn start(format: LogFormat, wanted: &str) -> Result<()> {
    let Some(targets) = targets(wanted) else { return Err(refusal(wanted).into()) };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let log = tracing_subscriber::registry().with(targets);
    match format {
        LogFormat::Human => {
            let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
            log.with(lines.with_ansi(colour)).init();
        }
        LogFormat::Json => {
            log.with(lines.json().flatten_event(true).with_current_span(true).with_span_list(false)).init();
        }
    }
    Ok(())
}

/// The error of a log level; `None` if it is valid.
pub(super) fn error(wanted: &str) -> Option<Text> {
    targets(wanted).is_none().then(|| refusal(wanted))
}

fn refusal(wanted: &str) -> Text {
    text!(
        en: "`{wanted}` is not a log level: write error, warn, info, debug, trace or off; for one part of the program, its name and a level after a comma, such as info,drumbeat::engine=debug",
        zh: "`{wanted}` 不是日志级别：请写 `error`、`warn`、`info`、`debug`、`trace` 或 `off`；只改程序的某一部分时，在逗号后面写它的名称和级别，例如 `info,drumbeat::engine=debug`"
    )
}

/// Parses levels, and levels of modules. A word that is neither would count as a module's name and silence all others.
fn targets(wanted: &str) -> Option<Targets> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let mut targets = Targets::new();
    for part in wanted.split(',') {
        let (name, level) = part.split_once('=').map_or((None, part), |(name, level)| (Some(name.trim()), level));
        let level = level.trim().to_ascii_lowercase();
        let level: LevelFilter = LEVELS.contains(&&*level).then(|| level.parse().ok()).flatten()?;
        targets = match name {
            None => targets.with_default(level),
            Some("") => return None,
            Some(name) => targets.with_target(name, level),
        };
    }
    Some(targets)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[track_caller]
    fn takes(wanted: &str, engine: Option<Level>, other: Option<Level>) {
        let targets = targets(wanted).unwrap();
        let most = |target: &str| {
            [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR]
                .into_iter()
                .find(|level| targets.would_enable(target, level))
        };
        assert_eq!((most("drumbeat::engine"), most("hyper")), (engine, other), "{wanted}");
    }

    #[test]
    fn levels_of_all_and_of_parts() {
        takes("info", Some(Level::INFO), Some(Level::INFO));
        takes("WARN", Some(Level::WARN), Some(Level::WARN));
        takes("off", None, None);
        takes("warn, drumbeat::engine=trace", Some(Level::TRACE), Some(Level::WARN));
        takes("drumbeat=debug", Some(Level::DEBUG), None);
    }

    #[test]
    fn what_is_no_level_is_refused() {
        for wanted in ["", "inf", "loud", "info,", "info,drumbeat", "=info", "drumbeat=loud", "3"] {
            assert!(targets(wanted).is_none(), "{wanted}");
        }
    }
}
