//! `drumbeat sandbox`: the sandbox as an HTTP server.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;

use super::error::{Context, Result};
use super::{Exit, output, service, settings_of_all};
use crate::clock::Clock;
use crate::sandbox::{AnswerFault, Company, Sandbox, SandboxConfig, serve, unverified};
use crate::settings::Flags;

/// Serves a simulated WeCom API over HTTP, for trials and tests
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  drumbeat sandbox --listen 127.0.0.1:8090
  then, in another terminal, set the variables that it prints and try `drumbeat run`
  drumbeat sandbox --fault create-502 --fault list-creator
  shows how Drumbeat settles a post whose answer was lost and that the list shows differently

It follows WeCom's documentation and keeps nothing after it ends. The requests that it accepted
are listed at /sandbox/ledger.")]
pub(super) struct Args {
    /// Address and port to listen on; port 0 chooses a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// List the behaviour that WeCom's documentation does not define, and exit
    #[arg(long)]
    unverified: bool,
    /// Simulate an unexpected answer of WeCom; can be repeated. `--faults` lists the names
    #[arg(long = "fault", value_name = "NAME")]
    faults: Vec<AnswerFault>,
    /// List the names for --fault, and exit
    #[arg(long = "faults")]
    list_faults: bool,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    settings_of_all(flags)?;
    if args.unverified {
        let title = text!(
            en: "Not defined by WeCom's documentation, and not confirmed with the real WeCom:",
            zh: "企业微信文档没有说明，也没有在真实环境里见过："
        );
        let lines = unverified().iter().map(|(code, what)| format!("{code:>6}  {}\n", what.get(output::lang())));
        output::result(&format!("{}\n{}", title.get(output::lang()), lines.collect::<String>()))?;
        return Ok(Exit::Clean);
    }
    if args.list_faults {
        let lines = AnswerFault::ALL.iter().map(|(_, name, what)| format!("{name:<22} {}\n", what.get(output::lang())));
        output::result(&lines.collect::<String>())?;
        return Ok(Exit::Clean);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let (listen, bound) = (args.listen, TcpListener::bind(args.listen).await);
        let listener = bound.context(|| text!(en: "failed to listen on {listen}", zh: "无法监听 {listen}"))?;
        let address = listener.local_addr()?;
        let company = Company::chunfeng();
        let listening = text!(en: "listening on http://{address}", zh: "正在监听 http://{address}");
        output::result(&format!(
            "{}\n\nexport DRUMBEAT_WECOM_URL=http://{address}\nexport DRUMBEAT_CORP_ID={}\nexport DRUMBEAT_CORP_SECRET={}\n",
            listening.get(output::lang()),
            company.corp,
            company.secret.expose(),
        ))?;
        let behaviour = SandboxConfig { answer_faults: args.faults, ..service::sandbox_config() };
        let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(company, behaviour)));
        serve(listener, sandbox, Clock::System, super::signals::stop_on_signal()?).await?;
        Ok(Exit::Clean)
    })
}
