//! The Chinese help of every command and option. A test compares it with the command line.

/// The Chinese help of a command.
pub(super) struct CommandHelp {
    /// The names of the command and its parents: `directory pull`; empty for the program.
    pub(super) path: &'static str,
    pub(super) about: &'static str,
    /// Examples and further information.
    pub(super) after: &'static str,
    pub(super) args: &'static [ArgHelp],
}

/// The Chinese help of an argument.
pub(super) struct ArgHelp {
    pub(super) id: &'static str,
    /// The name of its value; empty if it takes none.
    pub(super) value: &'static str,
    pub(super) help: &'static str,
    /// What each possible value means.
    pub(super) values: &'static [(&'static str, &'static str)],
}

const fn arg(id: &'static str, value: &'static str, help: &'static str) -> ArgHelp {
    ArgHelp { id, value, help, values: &[] }
}

const fn flag(id: &'static str, help: &'static str) -> ArgHelp {
    ArgHelp { id, value: "", help, values: &[] }
}

const fn choice(
    id: &'static str,
    value: &'static str,
    help: &'static str,
    values: &'static [(&'static str, &'static str)],
) -> ArgHelp {
    ArgHelp { id, value, help, values }
}

const HUMAN: (&str, &str) = ("human", "给人看");
const JSON: (&str, &str) = ("json", "给程序用，格式固定");

/// Arguments with the same meaning in every command.
pub(super) const SHARED: &[ArgHelp] = &[
    choice(
        "color",
        "何时",
        "什么时候用颜色",
        &[("auto", "在终端里用，除非设置了 `NO_COLOR`"), ("always", "总是"), ("never", "从不")],
    ),
    arg("config", "文件", "服务配置文件（TOML）；命令行和环境变量里的设置优先"),
    choice("lang", "语言", "输出的语言；不写就看服务配置文件、活动目录和系统的设置", &[("en", "英文"), ("zh", "中文")]),
    arg("corp", "企业", "配置了几家企业时，指定哪一家：写名字或企业 ID"),
    flag("help", "显示帮助"),
    flag("version", "显示版本号"),
    arg("book", "活动目录", "存放活动文件的文件夹 [默认：`campaigns`]；每个命令都可以这样写"),
    arg("book_here", "活动目录", "存放活动文件的文件夹 [默认：`campaigns`]"),
    arg("store", "地址", "记录库的位置 [默认：`sqlite://drumbeat.db`]"),
    flag("sandbox", "在模拟环境里试用：不需要账号和网络，用单独的记录库 [默认：`sqlite://drumbeat-sandbox.db`]"),
    arg("wecom_url", "网址", "企业微信接口的地址 [默认：官方地址]；`http` 只能用于本机"),
    arg("by", "姓名", "谁做的决定，记入发表记录 [默认：这台机器的当前用户]"),
    flag("yes", "不再询问，直接执行"),
    choice("format", "格式", "结果的格式", &[HUMAN, JSON]),
    arg("run", "发表记录", "发表记录的名称，`drumbeat history` 会列出"),
];

/// The start of a window, of every command that has one.
const FROM: ArgHelp = arg(
    "from",
    "时间",
    "从这个时间开始，不写就是现在：`2026-03-01`、`2026-03-01T09:00`（都按活动目录的时区）或 `2026-03-01T01:00:00Z`",
);
/// The rest of what `plan` and `site` are asked for.
const TO: ArgHelp = arg("to", "时间", "到这个时间之前为止；只写日期时不含当天");
const DAYS: ArgHelp = arg("days", "天数", "看多少天，1 到 3660");
const BASE: ArgHelp = arg("base", "版本", "看这个分支从这个 git 版本分出来之后改了什么；工作区不受影响");

pub(super) const COMMANDS: &[CommandHelp] = &[
    CommandHelp {
        path: "",
        about: "按 git 里的活动文件（TOML）发表企业微信客户朋友圈",
        after: "示例：
  drumbeat check campaigns          检查所有活动文件
  drumbeat plan                     看什么时候给谁发什么
  drumbeat rehearse                 演练未来 7 天，不需要账号
  drumbeat run campaigns            运行服务
  drumbeat history --days 7         看最近发生了什么

退出码：0 一切正常，1 发现问题或发表出了问题，2 命令无法完成。",
        args: &[],
    },
    CommandHelp {
        path: "check",
        about: "一次找出所有活动文件的问题，不需要账号和网络",
        after: "示例：
  drumbeat check                         检查 campaigns/ 目录
  drumbeat check campaigns/spring.toml   只看一个文件，按整个活动目录来判断
  drumbeat check - < draft.toml          检查还没保存的文件
  drumbeat check --format github         在合并请求里逐行标注
  drumbeat check --online                到企业微信核对成员、部门和客户标签

退出码：0 没有错误，1 发现问题，2 无法读取活动目录。
只有警告时退出码是 0，加上 `--deny-warnings` 才是 1。
用 `drumbeat explain 规则名` 查看某条规则的说明。
只有 `--online` 需要账号：设置环境变量 `DRUMBEAT_CORP_ID` 和
`DRUMBEAT_CORP_SECRET_FILE`（或 `DRUMBEAT_CORP_SECRET`）。",
        args: &[
            arg(
                "paths",
                "活动目录|文件",
                "活动目录，或者其中的几个文件；`-` 表示从标准输入读一个文件 [默认：`campaigns`]",
            ),
            choice(
                "format",
                "格式",
                "问题的显示格式",
                &[
                    ("human", "给人看：标出所在的行和位置，并说明怎么改"),
                    ("concise", "每个问题一行"),
                    JSON,
                    ("github", "GitHub 工作流命令"),
                    ("gitlab", "GitLab 代码质量报告"),
                    ("sarif", "SARIF 2.1.0 格式"),
                    ("junit", "JUnit 的 XML 格式"),
                ],
            ),
            flag("deny_warnings", "有警告时退出码也是 1"),
            flag("online", "向企业微信查询现有的成员、部门和客户标签，以此代替 `directory.toml`"),
            arg("stdin_name", "文件", "标准输入里的文件的路径（可以还不存在）"),
        ],
    },
    CommandHelp {
        path: "plan",
        about: "看什么时候给谁发什么；加上基准版本，就看合并请求改了什么",
        after: "示例：
  drumbeat plan                                   campaigns/ 未来 30 天的发表
  drumbeat plan --from 2026-03-01 --days 31       整个三月
  drumbeat plan --base origin/main                这个分支改了什么
  drumbeat plan --base HEAD^1 --format markdown   贴在合并请求（改动送审）里的评论
  drumbeat plan --explain spring@2026-03-02T09:00 为什么在这个时间发，或者不发
  drumbeat plan --format ics > drumbeat.ics       导入手机或电脑的日历

退出码：0 全部活动正常，1 有活动目前不能发表，2 无法读取活动目录。
不会发送任何内容，不需要账号和网络。",
        args: &[
            FROM,
            TO,
            DAYS,
            BASE,
            arg(
                "explain",
                "活动@时间",
                "说明活动（id 或标题）为什么在这个时间应发或不发：`spring-launch@2026-03-02T09:00`",
            ),
            choice(
                "format",
                "格式",
                "结果的格式",
                &[
                    HUMAN,
                    JSON,
                    ("markdown", "用作合并请求的评论"),
                    ("ics", "导入日历软件"),
                    ("csv", "导入表格软件"),
                    ("xlsx", "同样的内容存成 Excel 表格：`> plan.xlsx`"),
                ],
            ),
        ],
    },
    CommandHelp {
        path: "site",
        about: "把发表计划做成一个网页文件：日历、手机预览，加上基准版本还能看合并请求改了什么",
        after: "示例：
  drumbeat site --out plan.html                     campaigns/ 未来 30 天
  drumbeat site --base origin/main --out plan.html  这个分支改了什么，新旧图片并排

文件不需要服务器，不加载任何外部内容，也没有脚本：用浏览器打开就能看，可以直接发给同事，
也可以留作合并请求的附件（docs/pull-requests.md）。

退出码：0 所有活动都能显示，1 有活动目前不能发表，2 无法读取活动目录或写入文件。
不会发送任何内容，不需要账号和网络。",
        args: &[FROM, TO, DAYS, BASE, arg("out", "文件", "要写入的文件；已有的会被替换")],
    },
    CommandHelp {
        path: "preview",
        about: "边改边看：在浏览器里看日历、手机预览和要改正的地方",
        after: "示例：
  drumbeat preview                             打开显示的网址；文件一改，网页就跟着变
  drumbeat preview --listen 127.0.0.1:0        自动选一个空闲端口

只有这台电脑能访问；不修改任何文件，也不发送任何内容。按 Ctrl-C 结束。",
        args: &[arg("listen", "地址", "监听的本机地址和端口；端口写 0 会自动选一个空闲的")],
    },
    CommandHelp {
        path: "rehearse",
        about: "演练未来几天：真正的程序在模拟环境里很快跑完这几天",
        after: "示例：
  drumbeat rehearse                              演练 campaigns/ 未来 7 天的发表
  drumbeat rehearse --from 2026-03-01 --days 31  整个三月
  drumbeat rehearse --faults 7                   演练未来 7 天，并模拟各种故障；7 是种子，同一个数每次产生同样的故障
  drumbeat rehearse --format json | jq '.runs[].state'

不会发送任何内容，不需要账号、网络和记录库。",
        args: &[
            FROM,
            arg("days", "天数", "演练多少天，1 到 366"),
            arg("faults", "种子", "按这个数字产生各种故障，看程序怎么处理"),
        ],
    },
    CommandHelp {
        path: "run",
        about: "运行服务：到时间发表，直到被停止",
        after: "示例：
  drumbeat run campaigns                     用环境变量里的设置
  drumbeat --config drumbeat.toml run        用服务配置文件
  drumbeat run --git https://git.example.com/book.git --branch main --every 60s
  drumbeat run campaigns --sandbox           试用：到时间的朋友圈只发到模拟环境
  drumbeat run campaigns --log json          日志给程序用

服务会跟踪活动目录：目录里的改动或新提交，几秒内生效。
收到 SIGHUP 立即重新读取。用 `--git` 时，“活动目录”是它在仓库里的路径。
收到 SIGTERM 或按 Ctrl-C 时，等正在进行的请求结束后停止。
账号来自环境变量 `DRUMBEAT_CORP_ID` 和 `DRUMBEAT_CORP_SECRET_FILE`
（或 `DRUMBEAT_CORP_SECRET`）。",
        args: &[
            arg("git", "网址", "跟踪这个 git 仓库里的活动目录，使用系统的 git 和它的凭据"),
            arg("branch", "分支", "跟踪哪个分支 [默认：`main`]"),
            arg("every", "时长", "每隔多久拉取一次 [默认：`60s`]"),
            flag("allow_force", "分支被强制推送后也继续跟踪"),
            arg(
                "listen",
                "地址",
                "`/metrics`、`/healthz` 和 `/readyz` 的监听地址，`off` 表示不监听 [默认：`127.0.0.1:9118`]",
            ),
            arg("page", "地址", "网页的监听地址，只能是本机的，`off` 表示不要网页 [默认：`127.0.0.1:9119`]"),
            choice("log", "格式", "日志的格式", &[HUMAN, ("json", "每行一个 JSON 对象，给程序用")]),
        ],
    },
    CommandHelp {
        path: "post",
        about: "现在就发表一个活动，和其他发表一样留下发表记录；执行前会先询问",
        after: "示例：
  drumbeat post spring-launch            显示要发的内容，然后询问
  drumbeat post spring-launch --yes      在脚本里使用
  drumbeat post spring-launch --sandbox  试用：没有人会看到

如果有服务在用同一个记录库，就由服务发表，这个命令等待结果。
还没提交时按 Ctrl-C 可以取消。用 `--yes` 时，如果客户一天之内会看到两次
同样的内容（手动发的、按计划发的都算），不加 `--again` 就不发。",
        args: &[
            arg("campaign", "活动", "活动的 id、标题或文件名"),
            arg("content", "第几条", "活动有几条内容时，发哪一条：写它在文件里是第几条"),
            flag("again", "即使这个活动还有没结束的发表记录，或者客户一天内会看到两次同样的内容，也再发一次"),
        ],
    },
    CommandHelp {
        path: "history",
        about: "看发表记录：每一次应发的朋友圈，结果怎样",
        after: "示例：
  drumbeat history --days 7
  drumbeat history --campaign spring-launch --format json
  drumbeat history --state in_doubt      可能需要人工核定的记录",
        args: &[
            arg("campaign", "活动", "只看这个活动：id、标题或文件名"),
            arg("days", "天数", "只看最近几天应发的"),
            arg("state", "状态", "只看这个状态的，例如 `in_doubt`"),
            flag("all", "显示全部；不加时，给人看的表格只有最新的 1000 条和筛选出的记录"),
        ],
    },
    CommandHelp {
        path: "show",
        about: "看一次发表的全部情况：发了什么、发给谁、每一步的时间",
        after: "示例：
  drumbeat show spring-launch@2026-03-02T09:00",
        args: &[],
    },
    CommandHelp {
        path: "hold",
        about: "暂停一个活动、一个企业或全部：暂停期间到时间的不发，记为“已暂停”",
        after: "示例：
  drumbeat hold 春季新品 --reason \"价格写错了\"      标题和文件名也可以
  drumbeat hold spring-launch --reason \"价格写错了\"
  drumbeat hold --all --reason \"突发新闻\" --by wangwu

服务运行时和停止时都可以用。已经发出的不会收回：
`drumbeat cancel` 可以让还没发表的成员不再发表。",
        args: &[
            arg("campaign", "活动", "这个活动：id、标题或文件名"),
            flag("all", "所有活动；配置了几家企业时，是所有企业的"),
            arg("corp", "企业", "这家企业的所有活动；和活动或 `--all` 一起写，表示是哪家企业的"),
            arg("reason", "原因", "为什么暂停，给以后查看的人"),
            flag("force", "即使没有这个 id 的活动也暂停"),
            flag("new_store", "没有记录库就新建一个：服务还没有启动过、要提前暂停时用"),
        ],
    },
    CommandHelp {
        path: "resume",
        about: "恢复一个活动、一个企业或全部；暂停期间到时间的不再发，除非要求补发",
        after: "示例：
  drumbeat resume spring-launch
  drumbeat resume --all --catch-up       补发暂停期间的，只要还来得及

加上 `--catch-up`，每个活动补发最近一次被暂停的，前提是没有超过最长延迟；
更早的不会补发。",
        args: &[
            arg("campaign", "活动", "这个活动：id、标题或文件名"),
            flag("all", "所有活动；配置了几家企业时，是所有企业的"),
            arg("corp", "企业", "这家企业的所有活动；和活动或 `--all` 一起写，表示是哪家企业的"),
            flag("catch_up", "补发每个活动最近一次被暂停的，只要还来得及"),
        ],
    },
    CommandHelp {
        path: "settle",
        about: "在企业微信里核对之后，核定一次发表到底发了没有，或者更正记录",
        after: "示例：
  drumbeat history --state in_doubt
  drumbeat settle spring-launch@2026-03-02T09:00 --created momXXXXXXXX
  drumbeat settle spring-launch@2026-03-02T09:00 --absent
  drumbeat settle spring-launch@2026-03-02T09:00 --created momXXXXXXXX --reason \"超时之后才发出\"

已提交但没有结束的记录，核定时不用写原因；已经结束的，或者什么都没提交的，
更正时要写原因。发表记录会保留原来的记录，以及谁在什么时候为什么更正。

这个命令不发送任何内容。如果没有发出，而且还想发：先用 `--absent` 核定，
再用 `drumbeat post 活动` 发表。什么都没提交的记录，用 `drumbeat cancel 发表记录` 取消。",
        args: &[
            arg("created", "朋友圈ID", "已经创建，对应这个 `moment_id`"),
            flag("absent", "没有创建"),
            arg("reason", "原因", "原来的记录为什么不对，记入发表记录"),
        ],
    },
    CommandHelp {
        path: "cancel",
        about: "还没提交的就取消；已经提交的，让还没发表的成员不再发表；执行前会先询问",
        after: "示例：
  drumbeat cancel spring-launch@2026-03-02T09:00

还没提交的记录，取消时不调用企业微信，服务是否运行都可以。
成员已经发表的仍然留在客户那里：企业微信不会收回。",
        args: &[],
    },
    CommandHelp {
        path: "report",
        about: "看哪些成员已经发表、哪些还没有确认，发表后效果怎么样",
        after: "示例：
  drumbeat report spring-launch                     这个活动的所有发表记录
  drumbeat report spring-launch@2026-03-02T09:00 --format csv
  drumbeat report --by campaign                     每个活动的可见客户、点赞和评论
  drumbeat report spring-launch --by content --format xlsx > contents.xlsx
  drumbeat report --save                            写入活动目录的 `results.toml`，给审核的人看；请提交到 git
  drumbeat report spring-launch@2026-03-02T09:00 --nudge     列出还没有发表的成员，问过以后提醒他们

成员要逐个确认，确认后客户才能看到。服务会向企业微信查询三天，并在发表后 1、3、7 天
统计可见客户、点赞和评论。

`--nudge` 用应用（服务配置文件里的 `agentid`）给还没有发表的成员发一条消息，每人最多两次。
不在终端里运行时只列出成员；要直接发出，请加 `--yes`。",
        args: &[
            flag("save", "把每个活动最近三次的效果写进活动目录的 `results.toml`，给审核的人看；只有人数"),
            flag("nudge", "用应用消息提醒还没有发表的成员；先列出来，问过再发"),
            arg(
                "what",
                "活动|发表记录",
                "活动的 id、标题或文件名，或者发表记录的名称（`drumbeat history` 会列出）；写了 `--by` 时可以不写，表示所有活动",
            ),
            choice(
                "by",
                "分组",
                "按什么合计可见客户、点赞和评论，以最近一次统计为准",
                &[
                    ("run", "发表记录"),
                    ("campaign", "活动"),
                    ("content", "轮换里的第几条内容"),
                    ("department", "部门"),
                    ("member", "成员"),
                    ("month", "月份"),
                    ("weekday", "发表那天是星期几"),
                    ("hour", "发表的钟点"),
                ],
            ),
            choice(
                "format",
                "格式",
                "结果的格式",
                &[
                    HUMAN,
                    JSON,
                    ("csv", "每个成员或每组一行"),
                    ("markdown", "用在网页或评论里的表格"),
                    ("xlsx", "表格文件，要和 `--by` 一起用"),
                ],
            ),
        ],
    },
    CommandHelp {
        path: "backup",
        about: "把记录库完整地复制到新文件，服务运行时也可以",
        after: "示例：
  drumbeat backup /backups/drumbeat-2026-03-02.db

副本里的所有活动都是暂停的：它不知道复制之后又发了什么。",
        args: &[arg("file", "文件", "还不存在的文件")],
    },
    CommandHelp { path: "store", about: "把发表记录移到另一个记录库", after: "", args: &[] },
    CommandHelp {
        path: "store copy",
        about: "移动一家企业的发表记录：从文件到数据库服务器、反过来，或者两个同类的记录库之间",
        after: "示例：
  drumbeat store copy --from sqlite:///var/lib/drumbeat/drumbeat.db --to 'postgres://drumbeat@db.example.com/drumbeat'
  drumbeat store copy --from 'postgres://drumbeat@db.example.com/drumbeat' --to sqlite:///srv/abc.db --corp ww0123456789abcdef
  drumbeat store copy --from sqlite://drumbeat.db --to 'postgres://drumbeat@db.example.com/trial' --keep-source

请先停掉服务。新记录库要么得到全部内容，要么什么也没有；每张表写完都会读出来核对。
之后原来的记录库就停用了：服务和命令都不再用它，并会说出新的地址。要移回去，就复制到一个新文件。
记录库旁边的文件不会跟着移动：旧记录的归档、页面的密钥、活动目录的副本。",
        args: &[
            arg("from", "地址", "原来的记录库"),
            arg("to", "地址", "要移到的记录库：新文件，或者还没有这家企业记录的数据库服务器"),
            flag("keep_source", "原来的记录库照常使用；副本里的全部活动都是暂停的，和备份一样"),
        ],
    },
    CommandHelp {
        path: "audience",
        about: "统计每个活动能发给多少客户，把人数存到活动文件旁边",
        after: "示例：
  drumbeat audience                     统计，并列出所有活动
  drumbeat audience spring-launch       统计，只列出这个活动

读取应用可见范围内所有成员的客户，每次 100 个，每分钟最多 600 次；只把人数写入活动目录的
`audience.toml`。之后的发表计划和页面不用联网就会显示人数。中断以后再运行，会接着统计。

退出码：0 统计完成，1 有成员或部门无法统计，2 没有统计。",
        args: &[arg("campaigns", "活动", "要列出的活动：写 id、标题或文件；统计时总是包括所有活动 [默认：所有活动]")],
    },
    CommandHelp {
        path: "directory", about: "把部门、成员和客户标签的名称存到活动文件旁边", after: "", args: &[]
    },
    CommandHelp {
        path: "directory pull",
        about: "更新名录：从企业微信取部门、可发表的成员和客户标签，写入活动目录的 `directory.toml`",
        after: "",
        args: &[flag("count", "同时统计每个活动的客户数，写入 `audience.toml`")],
    },
    CommandHelp {
        path: "doctor",
        about: "体检：检查凭据、权限、地址、记录库和服务器时间；只调用无害的接口",
        after: "示例：
  drumbeat doctor --format json

退出码：0 一切正常，1 有问题，2 无法检查。",
        args: &[],
    },
    CommandHelp {
        path: "sandbox",
        about: "提供一个模拟的企业微信，用来试用和测试",
        after: "示例：
  drumbeat sandbox --listen 127.0.0.1:8090
  然后在另一个终端里设置它打印的环境变量，再试 `drumbeat run`
  drumbeat sandbox --fault create-502 --fault list-creator
  看回应丢失、列表显示又不同的时候，会怎样处理

它按企业微信文档的说明工作，结束后什么都不保留。收到的内容可以在
/sandbox/ledger 查看。",
        args: &[
            arg("listen", "地址", "监听的地址和端口；端口写 0 就用一个空闲的端口"),
            flag("unverified", "列出企业微信文档没有说明、模拟环境自行处理的地方，然后结束"),
            arg("faults", "名称", "故意不按文档回应；可以写多次，`--faults` 会列出名称"),
            flag("list_faults", "列出 `--fault` 可用的名称，然后结束"),
        ],
    },
    CommandHelp {
        path: "new",
        about: "新建一个活动文件：每个键都有说明，文字留给你写",
        after: "示例：
  drumbeat new spring-launch                新建 campaigns/spring-launch.toml
  drumbeat new spring-launch shops          建在另一个活动目录 `shops` 里",
        args: &[arg("id", "id", "活动的 id：小写字母、数字和 -")],
    },
    CommandHelp {
        path: "import",
        about: "把排期表变成活动文件：先显示会写入什么，加上 `--write` 才写入",
        after: "示例：
  drumbeat import plan.xlsx                        看会写入什么，每个问题都指到单元格
  drumbeat import plan.xlsx --write                写入：要么全部写入，要么一个都不写
  drumbeat import plan.xlsx --sheet December       有好几个工作表时选一个
  drumbeat import --template plan.xlsx             生成一个待填写的表
  drumbeat import plan.csv --ignore Status         不读某一列
  drumbeat import plan.xlsx --write --removed delete
                                                   表里已经没有的，不再发表
  drumbeat import plan.xlsx --write --removed keep --removed \"delete=会员日 12-15\"
                                                   都照常发表，只有会员日 12 月 15 日那条不再发表
  drumbeat import plan.xlsx --write --moved move   改到别的时间的，都算改期
  drumbeat import plan.xlsx --skip-past            跳过时间已过的行

可以读 `xlsx`、`xls`、`ods` 和 `csv`（UTF-8 或 GB18030）。一行是一条朋友圈，活动名称相同的
几行合成一个活动文件。表改好以后再导入一次，只会修改原来的文件，不会多出一份。
还没发表的，不会悄悄消失：表里删掉了、改到另一天，或者在另一张表里，都会先列出来，每一条
写着可以怎么回答，等你用 `--removed`、`--moved` 说清楚。

退出码：0 没有问题，1 有要改正或要决定的，2 无法读取表格或活动目录。",
        args: &[
            arg("path", "表格", "排期表；有 `--template` 时写活动目录"),
            arg("template", "文件", "生成一个待填写的表：表头、示例、来自活动目录的下拉选项，还有接下来的日子"),
            flag("write", "写入文件；不加就只显示"),
            arg("sheet", "名称", "读哪个工作表（有好几个时）"),
            arg("ignore", "列名", "不读这一列；可以写多次"),
            arg(
                "removed",
                "做法[=名称]",
                "表里已经没有、文件里还要发的怎么办：`delete` 不再发表，`keep` 照常发表；`delete=会员日` 只决定一个活动，`delete=会员日 12-15` 只决定一条；可以写多次",
            ),
            arg(
                "moved",
                "做法[=名称]",
                "表里换了时间的怎么办：`move` 改期，`both` 两次都发；`move=会员日 12-15` 只决定一条；可以写多次",
            ),
            arg("same_audience", "活动名称", "别的表导入的同名活动，发表范围也改成和这张表一样；可以写多次"),
            arg("replaces", "表格", "这张表是哪张表的新版本，写那张表的文件名；可以写多次"),
            flag("skip_past", "跳过时间已过的行；不加就报错"),
            choice("format", "格式", "结果的显示格式", &[HUMAN, JSON]),
        ],
    },
    CommandHelp {
        path: "schema",
        about: "输出活动文件或 `policy.toml` 的 JSON Schema，编辑器用它补全键名、显示说明",
        after: "示例：
  drumbeat schema > campaign.schema.json
  drumbeat schema policy > policy.schema.json
  drumbeat schema --lang zh > campaign.schema.json   说明用中文

支持 TOML 的编辑器，在文件第一行写上这句就会使用它：
  #:schema ./campaign.schema.json",
        args: &[choice("files", "文件", "哪种文件", &[("campaign", "活动文件"), ("policy", "公共设置 `policy.toml`")])],
    },
    CommandHelp {
        path: "explain",
        about: "说明 `check` 的一条规则查什么、为什么要紧；不写规则名就全部列出",
        after: "示例：
  drumbeat explain
  drumbeat explain long-text",
        args: &[arg("rule", "规则名", "“错误”或“警告”后面方括号里的名称")],
    },
    CommandHelp {
        path: "help",
        about: "显示帮助，或者某个命令的帮助",
        after: "示例：
  drumbeat help plan",
        args: &[arg("command", "命令", "要看哪个命令的帮助")],
    },
];
