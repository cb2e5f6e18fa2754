//! Which sheet of a file has the posts.

use super::{ImportError, name_of};
use crate::import::{Sheet, Workbook, find_head, has_posts};
use crate::text::Text;

/// The sheet that was asked for, else the only one that is shown and has heads; with notes on those that are left out.
///
/// # Errors
/// The sheet does not exist, or several sheets have posts.
pub(super) fn sheet<'w>(workbook: &'w Workbook, wanted: Option<&str>) -> Result<(&'w Sheet, Vec<Text>), ImportError> {
    let names = || workbook.sheets.iter().map(name_of).collect();
    let chosen = match wanted {
        Some(wanted) => {
            let found =
                workbook.sheets.iter().find(|sheet| &*sheet.name == wanted || sheet.name.trim() == wanted.trim());
            found.ok_or_else(|| ImportError::UnknownSheet { name: wanted.to_owned(), known: names() })?
        }
        None => {
            let shown = || workbook.sheets.iter().filter(|sheet| !sheet.is_hidden);
            let mut with_heads: Vec<&Sheet> = shown().filter(|sheet| has_posts(sheet)).collect();
            if with_heads.is_empty() {
                // A sheet that lacks a column: reading it tells which.
                with_heads = shown().filter(|sheet| find_head(sheet).is_some()).collect();
            }
            match with_heads[..] {
                [] => return Err(ImportError::NoHead { sheets: names() }),
                [only] => only,
                _ => return Err(ImportError::SeveralSheets(with_heads.into_iter().map(name_of).collect())),
            }
        }
    };
    let left_out = workbook.sheets.iter().filter(|sheet| sheet.name != chosen.name && !sheet.cells.is_empty());
    let mut notes = Vec::new();
    for sheet in left_out.take(20) {
        let name = &sheet.name;
        notes.push(match sheet.is_hidden {
            true => text!(en: "hidden sheet `{name}`: not read", zh: "隐藏的工作表“{name}”没有读取"),
            false => text!(en: "sheet `{name}`: not read", zh: "工作表“{name}”没有读取"),
        });
    }
    if chosen.is_hidden {
        let name = &chosen.name;
        notes.push(text!(en: "sheet `{name}` is hidden and was asked for", zh: "工作表“{name}”是隐藏的，按要求读取了"));
    }
    Ok((chosen, notes))
}
