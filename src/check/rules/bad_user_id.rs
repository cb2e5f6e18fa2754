use crate::book;
use crate::check::characters::{made_plain, short};
use crate::check::entries::{is_user_id, several, write_several};
use crate::check::phrases::{here, remove_it, write};
use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-user-id",
    level: Level::Error,
    summary: StaticText {
        en: "An entry of `user_list` that cannot be a user id.",
        zh: "`user_list` 里有一项不可能是成员账号：是空的，超过 64 个字节，或者用了字母、数字和 `_` `-` `@` `.` 以外的字符。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Audience,
    pages: StaticText { en: include_str!("bad_user_id.md"), zh: include_str!("bad_user_id.zh.md") },
    run: RuleFn::Audience(run),
};

/// The longest user id, in bytes (page 90195: 长度为1~64个字节).
const MAX_USER_ID_BYTES: usize = 64;

fn run(reach: &AudienceRef<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    let senders = reach.range.sender_list.as_ref();
    let list = senders.and_then(|senders| senders.user_list.as_ref());
    for user in list.iter().flat_map(|list| &list.value) {
        let plain = made_plain(user.trim());
        let is_plain_id = is_user_id(&plain);
        let Some((message, help)) = problem_of(user, &plain) else { continue };
        if let Some(entries) = several(user, |part| is_user_id(part).then(|| book::quoted(part))?) {
            let is_alone = list.is_some_and(|list| list.value.len() == 1);
            findings
                .at(
                    &user.span,
                    text!(en: "several ids in one text", zh: "几个账号写在了一起"),
                    text!(
                        en: "`{written}` names several members in one text",
                        zh: "`{written}` 是几个成员账号写在了一起",
                        written = short(user)
                    ),
                )
                .help(write_several(&entries, is_alone))
                .replace(&user.span, entries);
            continue;
        }
        let finding = findings.at(&user.span, here(), message);
        if user.len() <= MAX_USER_ID_BYTES && is_plain_id {
            finding.replace(&user.span, format!("\"{plain}\""));
        }
        finding.help(help);
    }
}

/// The problem of a user id, and the help. `plain` is the id in plain characters.
fn problem_of(user: &str, plain: &str) -> Option<(Text, Text)> {
    let (shown, bytes) = (short(user), user.len());
    let not_an_id = || text!(en: "`{shown}` is not a user id", zh: "`{shown}` 不是成员账号");
    if user == "@all" {
        let help = text!(
            en: "to ask everyone, write `all = true` in `visible_range`",
            zh: "要让所有成员发表，请在 `visible_range` 里写 `all = true`"
        );
        return Some((not_an_id(), help));
    }
    if user.is_empty() {
        return Some((text!(en: "this user id is empty", zh: "成员账号是空的"), remove_it()));
    }
    if bytes > MAX_USER_ID_BYTES {
        return Some((
            text!(
                en: "the user id `{shown}` has {bytes} bytes; at most {MAX_USER_ID_BYTES} are allowed",
                zh: "成员账号 `{shown}` 有 {bytes} 个字节，最多 {MAX_USER_ID_BYTES} 个"
            ),
            text!(en: "check where it was copied from", zh: "请核对它是从哪里复制来的"),
        ));
    }
    if is_user_id(user) {
        return None;
    }
    let help = if is_user_id(plain) {
        write(plain)
    } else {
        text!(
            en: "write the account of the member (`账号` in the admin console), not the name",
            zh: "请写成员的账号（在管理后台的成员详情里），不要写姓名"
        )
    };
    Some((not_an_id(), help))
}
