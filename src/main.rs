//! The `drumbeat` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    drumbeat::cli::main().into()
}
