//! What can be wrong between Drumbeat and its server, and what to do about it.

use crate::text::Text;

/// Why a store on a server cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerProblem {
    /// It does not answer, in the words of the system.
    NoConnection(String),
    /// The server does not offer TLS.
    NoTls,
    Tls(String),
    PasswordFile(String),
    /// The server refused the user or the password.
    WrongPassword {
        user: String,
    },
    NoDatabase(String),
    /// The user lacks a right, in the server's words.
    NoRight {
        user: String,
        words: String,
    },
    /// No schema, and the user may not create it.
    NoSchema {
        schema: String,
        user: String,
    },
    /// A standby server, which can only be read.
    Standby,
    /// A pooler between Drumbeat and the server.
    Pooler,
    TooOld(i64),
    NoStore {
        schema: String,
    },
    /// The schema has tables of another program.
    Foreign {
        schema: String,
    },
    Newer {
        found: i64,
        known: i64,
    },
    /// Another service has the lease.
    InUse(Owner),
    LeaseLost,
    NoCorp,
    NoFile,
    /// In the server's words.
    TooManyConnections(String),
    /// The list of this machine's sends cannot be written, in the words of the system.
    SendLog(String),
    /// In the server's words.
    Other(String),
}

/// The service that has the lease of a corp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its machine and process.
    pub name: String,
    /// Whether it is ready, as it said with its last renewal.
    pub is_ready: bool,
}

impl ServerProblem {
    pub(in crate::store) fn what(&self) -> Text {
        match self {
            Self::NoConnection(words) => text!(en: "no connection: {words}", zh: "连不上：{words}"),
            Self::NoTls => text!(
                en: "no secure connection: the server does not offer TLS",
                zh: "不能建立加密连接：服务器没有开启 TLS"
            ),
            Self::Tls(words) => text!(en: "no secure connection: {words}", zh: "不能建立加密连接：{words}"),
            Self::PasswordFile(words) => {
                text!(en: "its password file cannot be read: {words}", zh: "读不了密码文件：{words}")
            }
            Self::WrongPassword { user } => text!(
                en: "the server refused the user `{user}` or the password",
                zh: "服务器不接受用户 `{user}` 或者密码"
            ),
            Self::NoDatabase(words) => text!(en: "no such database: {words}", zh: "没有这个数据库：{words}"),
            Self::NoRight { user, words } => {
                text!(en: "the user `{user}` lacks a right: {words}", zh: "用户 `{user}` 缺少权限：{words}")
            }
            Self::NoSchema { schema, user } => text!(
                en: "the schema `{schema}` does not exist, and `{user}` may not create it",
                zh: "没有名为 `{schema}` 的 schema，用户 `{user}` 也无权创建"
            ),
            Self::Standby => text!(
                en: "this server is a standby, which can only be read",
                zh: "这台服务器是备库，只能读"
            ),
            Self::Pooler => text!(
                en: "a pooler such as pgbouncer is in between: it drops the settings and prepared statements of the connection",
                zh: "中间有 pgbouncer 之类的连接池：它会丢掉连接的设置和预备语句"
            ),
            Self::TooOld(found) => text!(
                en: "the server is PostgreSQL {found}, and Drumbeat needs 14 or newer",
                zh: "服务器是 PostgreSQL {found}，Drumbeat 需要 14 以上的版本"
            ),
            Self::NoStore { schema } => text!(
                en: "the schema `{schema}` has no store yet",
                zh: "名为 `{schema}` 的 schema 里还没有记录库"
            ),
            Self::Foreign { schema } => text!(
                en: "the schema `{schema}` has tables of another program",
                zh: "名为 `{schema}` 的 schema 里有别的程序的表"
            ),
            Self::Newer { found, known } => text!(
                en: "a newer Drumbeat wrote it (format {found}; this version supports formats up to {known})",
                zh: "它是更新版本的 Drumbeat 写的（格式 {found}，本程序只认得到 {known}）"
            ),
            Self::InUse(Owner { name, .. }) => text!(
                en: "another Drumbeat works for this corp: {name}",
                zh: "另一个 Drumbeat 正在为这个企业工作：{name}"
            ),
            Self::LeaseLost => text!(
                en: "another Drumbeat took over, because this one did not reach the server for half a minute. Nothing more is sent here",
                zh: "本程序有半分钟没有连上服务器，另一个 Drumbeat 已经接手，这里不再发表任何内容"
            ),
            Self::NoCorp => text!(
                en: "it holds many corps, and no corp is set",
                zh: "里面可以有多个企业，但没有设置是哪一个"
            ),
            Self::NoFile => text!(
                en: "Drumbeat makes no backup of a server",
                zh: "Drumbeat 不备份数据库服务器"
            ),
            Self::TooManyConnections(words) => {
                text!(en: "it accepts no more connections: {words}", zh: "连接数已满：{words}")
            }
            Self::SendLog(words) => text!(
                en: "this machine cannot keep its own list of sends: {words}",
                zh: "写不了本机的提交清单：{words}"
            ),
            Self::Other(words) => Text::quoted(words),
        }
    }

    /// The next act.
    pub(in crate::store) fn help(&self) -> Text {
        match self {
            Self::NoConnection(_) => text!(
                en: "check the host and the port, that the server runs, and that the network allows the connection",
                zh: "请检查主机和端口、服务器是否在运行、网络是否放行"
            ),
            Self::NoTls => text!(
                en: "set `ssl = on` at the server; within a network that you trust, `sslmode=disable` in the address is enough",
                zh: "请在服务器上设置 `ssl = on`；如果是可信的内网，也可以在地址里写 `sslmode=disable`"
            ),
            Self::Tls(_) => text!(
                en: "name the authority's certificates with `sslrootcert=PATH`, or correct the server's certificate",
                zh: "请用 `sslrootcert=文件路径` 指定签发机构的证书，或者改正服务器的证书"
            ),
            Self::PasswordFile(_) => text!(
                en: "name a file that this user may read with `password_file=PATH`",
                zh: "请用 `password_file=文件路径` 指定当前用户能读的文件"
            ),
            Self::WrongPassword { .. } => text!(
                en: "correct the user in the address, and the password in the file of `password_file=PATH`",
                zh: "请改正地址里的用户，以及 `password_file=文件路径` 所指文件里的密码"
            ),
            Self::NoDatabase(_) => text!(
                en: "create it (`createdb NAME`), or correct the address",
                zh: "请先创建（`createdb 数据库名`），或者改正地址"
            ),
            Self::NoRight { user, .. } => text!(
                en: "let the owner of the schema grant it to `{user}`",
                zh: "请让 schema 的所有者授权给 `{user}`"
            ),
            Self::NoSchema { schema, user } => text!(
                en: "let an administrator run `CREATE SCHEMA {schema} AUTHORIZATION {user}`",
                zh: "请让管理员运行 `CREATE SCHEMA {schema} AUTHORIZATION {user}`"
            ),
            Self::Standby => text!(
                en: "name the primary server, or the address that follows it after a failover",
                zh: "请写主库的地址，或者切换后仍指向主库的地址"
            ),
            Self::Pooler => text!(
                en: "connect to the server itself: each Drumbeat needs at most seven connections, for all corps",
                zh: "请直接连接服务器：每个 Drumbeat 最多只用七个连接，所有企业共用"
            ),
            Self::TooOld(_) => text!(en: "upgrade the server", zh: "请升级服务器"),
            Self::NoStore { .. } => text!(
                en: "correct the address; `drumbeat run` creates a new store",
                zh: "请改正地址；`drumbeat run` 会新建记录库"
            ),
            Self::Foreign { .. } => text!(
                en: "name another schema with `schema=NAME`",
                zh: "请用 `schema=名字` 换一个 schema"
            ),
            Self::Newer { .. } => text!(en: "upgrade Drumbeat", zh: "请升级 Drumbeat"),
            Self::InUse(_) => text!(
                en: "stop it first; if it was killed, this one may begin half a minute later",
                zh: "请先停掉它；如果它是被强行结束的，半分钟后这里就能接手"
            ),
            Self::LeaseLost => text!(
                en: "systemd and Kubernetes start it again, and a service with several corps tries again within a minute; \
                     otherwise start it again. It takes over if the other one ends",
                zh: "由 systemd 或 Kubernetes 管理的会自动重新启动，同时服务多家企业的一分钟内会自己重试，都不用处理；其他情况请重新启动本程序。另一个停下后，这里会接手"
            ),
            Self::NoCorp => text!(
                en: "set DRUMBEAT_CORP_ID, or `corp_id` in the service file",
                zh: "请设置 `DRUMBEAT_CORP_ID`，或者在服务配置文件里写 `corp_id`"
            ),
            Self::NoFile => text!(
                en: "use `pg_dump`, or the server's continuous archiving; before a restored copy is used, run `drumbeat hold --all --reason TEXT`",
                zh: "请用 `pg_dump` 或者服务器的连续归档；恢复出来的库在启用之前，请先运行 `drumbeat hold --all --reason 原因`"
            ),
            Self::TooManyConnections(_) => text!(
                en: "raise the limit of the server (`max_connections`) or of the user: each service needs at most seven connections, \
                     each command two",
                zh: "请调高服务器的 `max_connections` 或者这个用户的连接上限：每个服务最多用七个连接，每条命令用两个"
            ),
            Self::SendLog(_) => text!(
                en: "name a directory that this user may write, on a disk that stays, with `files=PATH`",
                zh: "请用 `files=目录` 指定一个当前用户能写、重启后还在的目录"
            ),
            Self::Other(_) => text!(
                en: "the server's log has more",
                zh: "服务器的日志里有详情"
            ),
        }
    }
}
