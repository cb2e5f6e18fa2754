//! The `drumbeat` command.

use std::process::ExitCode;

/// Returns to the system the memory of a book that was loaded, once it is checked.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    drumbeat::cli::main().into()
}
