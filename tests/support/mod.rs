//! Fixtures that several tests share: harnesses of real parts over the sandbox, one for each depth.

pub(crate) mod client_harness;
pub(crate) mod console_harness;
pub(crate) mod engine_harness;
pub(crate) mod kill_proxy;
pub(crate) mod log_capture;
pub(crate) mod patroni;
pub(crate) mod posted_moment;
pub(crate) mod postgres;
pub(crate) mod postgres_pair;
pub(crate) mod primary_proxy;
pub(crate) mod process_harness;
pub(crate) mod sandbox_harness;
pub(crate) mod service_harness;
pub(crate) mod services;
pub(crate) mod small_disk;
pub(crate) mod stored_run;
pub(crate) mod webdriver;
