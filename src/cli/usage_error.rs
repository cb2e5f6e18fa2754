//! Errors of the command line in the reader's language. clap only has English words.

use std::path::Path;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{help, output};
use crate::ids::BadCampaignId;
use crate::import::UnknownAnswer;
use crate::invocation::quoted as quoted_for_shell;
use crate::run::UnknownState;
use crate::sandbox::UnknownFault;
use crate::text::{Lang, Text, UserError};

/// Prints help and version to stdout, and errors to stderr.
pub(super) fn print(error: &Error) {
    match (output::lang(), chinese(error)) {
        (Lang::Zh, Some(words)) => {
            let usage = styled(error, ContextKind::Usage).map(|usage| format!("\n\n{}", help::in_chinese(&usage)));
            let usage = usage.unwrap_or_default();
            output::print_error(&Text::quoted(format!("{words}{usage}\n\n用 `--help` 查看详细说明。")));
        }
        _ => {
            let _ = error.print();
        }
    }
    if error.kind() == ErrorKind::UnknownArgument
        && let Some(book) = all(error, ContextKind::InvalidArg).into_iter().find(|word| Path::new(word).is_dir())
    {
        let book = quoted_for_shell(&book);
        output::print_info(text!(
            en: "to name the book for this command: --book {book}",
            zh: "要给这个命令指定活动目录，请写：--book {book}"
        ));
    }
}

/// The Chinese words of an error; `None` for help and version, which are already translated.
fn chinese(error: &Error) -> Option<String> {
    let argument = || all(error, ContextKind::InvalidArg).join("、");
    let value = || all(error, ContextKind::InvalidValue).join("、");
    let number = |kind| match error.get(kind) {
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let mut words = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::DisplayVersion => {
            return None;
        }
        ErrorKind::UnknownArgument => format!("不认识的参数 `{}`", argument()),
        ErrorKind::InvalidSubcommand => {
            format!("没有 `{}` 这个命令", all(error, ContextKind::InvalidSubcommand).join("、"))
        }
        ErrorKind::InvalidValue if value().is_empty() => format!("`{}` 后面缺少值", argument()),
        ErrorKind::InvalidValue => format!("`{}` 不能写 `{}`", argument(), value()),
        ErrorKind::ValueValidation => match why(error) {
            Some(why) => format!("`{}` 不能写 `{}`：{why}", argument(), value()),
            None => format!("`{}` 不能写 `{}`", argument(), value()),
        },
        ErrorKind::MissingRequiredArgument => format!("缺少 {}", quoted(&all(error, ContextKind::InvalidArg))),
        ErrorKind::MissingSubcommand => {
            format!("`{}` 后面缺少命令", all(error, ContextKind::InvalidSubcommand).join("、"))
        }
        ErrorKind::ArgumentConflict => {
            let others = all(error, ContextKind::PriorArg);
            if others.is_empty() || others == all(error, ContextKind::InvalidArg) {
                format!("`{}` 只能写一次", argument())
            } else {
                format!("`{}` 不能和 {} 一起使用", argument(), quoted(&others))
            }
        }
        ErrorKind::TooManyValues => format!("`{}` 后面多了 `{}`", argument(), value()),
        ErrorKind::TooFewValues => format!("`{}` 至少要 {} 个值", argument(), number(ContextKind::MinValues)),
        ErrorKind::WrongNumberOfValues => {
            format!("`{}` 要 {} 个值", argument(), number(ContextKind::ExpectedNumValues))
        }
        ErrorKind::NoEquals => format!("`{}` 和值之间要写 `=`", argument()),
        ErrorKind::InvalidUtf8 => "命令行里有不是 UTF-8 编码的内容".to_owned(),
        _ => "命令行有误".to_owned(),
    };
    let known = [(ContextKind::ValidValue, "可以写"), (ContextKind::ValidSubcommand, "可用的命令")];
    for (kind, before) in known {
        let known = all(error, kind);
        if !known.is_empty() {
            words.push_str(&format!("；{before}：{}", quoted(&known)));
        }
    }
    let nearest = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let nearest: Vec<String> = nearest.into_iter().flat_map(|kind| all(error, kind)).collect();
    if !nearest.is_empty() {
        words.push_str(&format!("；是不是 {}？", quoted(&nearest)));
    }
    Some(words)
}

/// Why a value is invalid, in the words of the type that parsed it.
fn why(error: &Error) -> Option<String> {
    let source = std::error::Error::source(error)?;
    let text = source
        .downcast_ref::<BadCampaignId>()
        .map(UserError::text)
        .or_else(|| source.downcast_ref::<UnknownState>().map(UserError::text))
        .or_else(|| source.downcast_ref::<UnknownFault>().map(UserError::text))
        .or_else(|| source.downcast_ref::<UnknownAnswer>().map(UserError::text));
    if let Some(text) = text {
        return Some(text.into_lang(Lang::Zh));
    }
    if source.is::<std::net::AddrParseError>() {
        return Some("请写地址和端口，例如 `127.0.0.1:8090`".to_owned());
    }
    // clap's message for a number out of range; all other values here are numbers too.
    let words = source.to_string();
    let range = words.split_once(" is not in ").and_then(|(_, range)| range.split_once("..="));
    Some(range.map_or_else(|| "请写整数".to_owned(), |(least, most)| format!("请写 {least} 到 {most} 的整数")))
}

fn all(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(one)) => vec![one.clone()],
        Some(ContextValue::Strings(several)) => several.clone(),
        _ => Vec::new(),
    }
}

fn styled(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind) {
        Some(ContextValue::StyledStr(text)) => Some(text.to_string()),
        _ => None,
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join("、")
}
