//! The `drumbeat` command.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// Gives back what a loaded book took, when it is judged and gone.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    drumbeat::cli::main().into()
}
