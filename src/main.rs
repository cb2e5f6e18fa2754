//! The `drumbeat` command.

use std::process::ExitCode;

/// This allocator returns the memory of a loaded book to the system; the default one keeps it.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    drumbeat::cli::main().into()
}
