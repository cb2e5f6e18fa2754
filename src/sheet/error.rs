//! Why a spreadsheet cannot be read.

use std::io::ErrorKind;

use crate::text::{Text, UserError};

#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    Unreadable(std::io::Error),
    TooLarge {
        bytes: u64,
        most: u64,
    },
    /// Unpacked it would be far larger than any spreadsheet.
    Bomb {
        part: String,
    },
    TooManyParts {
        parts: usize,
    },
    /// The pictures together have more bytes than one import takes.
    TooManyPictures {
        most: u64,
    },
    TooManyCells {
        sheet: String,
    },
    /// A cell with more than [`super::MAX_CELL_CHARS`].
    LongCell {
        cell: String,
    },
    /// A part with a path that leads out of the file.
    BadPath(String),
    /// A part that declares entities of its own.
    Entities(String),
    Encrypted,
    /// Known, and not read: with its name and what to do.
    Other(OtherKind),
    /// Neither UTF-8 nor GB18030.
    Encoding {
        line: usize,
    },
    NotASpreadsheet,
    /// Damaged: what the reader said.
    Broken(String),
    Empty,
}

/// Files that look like spreadsheets to their users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherKind {
    /// A web page that many systems export with the ending `.xls`.
    Html,
    /// Excel's XML of 2003.
    Xml2003,
    Xlsb,
    Word,
    Slides,
    Numbers,
    Zip,
    OldExcel,
    Picture,
    Pdf,
}

impl OtherKind {
    fn name(self) -> Text {
        match self {
            Self::Html => text!(en: "a web page (HTML)", zh: "网页（HTML）"),
            Self::Xml2003 => text!(en: "an XML spreadsheet of Excel 2003", zh: "Excel 2003 的 XML 表格"),
            Self::Xlsb => text!(en: "a binary workbook (xlsb)", zh: "二进制工作簿（xlsb）"),
            Self::Word => text!(en: "a text document", zh: "文字文档"),
            Self::Slides => text!(en: "a presentation", zh: "演示文稿"),
            Self::Numbers => text!(en: "a file of Numbers", zh: "Numbers 表格"),
            Self::Zip => text!(en: "an archive (zip)", zh: "压缩包（zip）"),
            Self::OldExcel => text!(en: "a workbook of Excel 95 or older", zh: "Excel 95 或更早的表格"),
            Self::Picture => text!(en: "a picture", zh: "图片"),
            Self::Pdf => text!(en: "a PDF", zh: "PDF 文件"),
        }
    }
}

impl UserError for SheetError {
    fn text(&self) -> Text {
        match self {
            Self::Unreadable(error) => match error.kind() {
                ErrorKind::NotFound => {
                    text!(en: "there is no such file", zh: "没有这个文件；请核对文件名和所在的文件夹")
                }
                ErrorKind::PermissionDenied => {
                    text!(en: "there is no permission to read the file", zh: "没有读取这个文件的权限")
                }
                ErrorKind::IsADirectory => text!(en: "this is a directory, not a file", zh: "这是文件夹，不是文件"),
                _ => text!(
                    en: "failed to read the file ({error})",
                    zh: "读取文件时出错；请关掉正在打开它的程序再试，或者另存一份"
                ),
            },
            Self::TooLarge { bytes, most } => text!(
                en: "the file has {bytes} bytes; at most {most} are read",
                zh: "文件太大：有 {bytes} 个字节，最多只读 {most} 个"
            ),
            Self::Bomb { part } => text!(
                en: "unpacked, `{part}` in the file would be far too large; save a copy with the rows that are needed",
                zh: "文件解开后的“{part}”大得不正常；请新建一个表，只复制需要的行，再保存"
            ),
            Self::TooManyParts { parts } => {
                text!(en: "the file has {parts} parts, too many for a spreadsheet", zh: "文件里有 {parts} 个部分，超出了正常表格的范围")
            }
            Self::TooManyPictures { most } => {
                let gigabytes = most / (1024 * 1024 * 1024);
                text!(
                    en: "the pictures in the file have more than {gigabytes} GiB together; compress them, or split the sheet into several files",
                    zh: "表里的图片加起来超过 {gigabytes} GB；请压缩图片，或者拆成几个文件"
                )
            }
            Self::TooManyCells { sheet } => text!(
                en: "sheet `{sheet}` has too many cells; save a copy with the rows that are needed",
                zh: "工作表“{sheet}”的单元格太多；请新建一个表，只复制需要的行，再保存"
            ),
            Self::LongCell { cell } => {
                text!(en: "the text of {cell} is longer than a spreadsheet allows", zh: "{cell} 里的文字超过了表格允许的长度")
            }
            Self::BadPath(path) => text!(
                en: "a part of the file, `{path}`, leads out of it; it was not made by a spreadsheet program",
                zh: "文件里的“{path}”指到了文件外面，不是表格软件生成的，没有读取"
            ),
            Self::Entities(part) => text!(
                en: "`{part}` in the file declares entities of its own; it was not made by a spreadsheet program",
                zh: "文件里的“{part}”自己定义了实体，不是表格软件生成的，没有读取"
            ),
            Self::Encrypted => text!(
                en: "the file has a password; save it without one",
                zh: "文件设了密码；请取消密码后另存一份"
            ),
            Self::Other(OtherKind::Html) => text!(
                en: "this is {what}, whatever its name says; open it in Excel or WPS and save it as xlsx",
                zh: "这其实是{what}，只是名字像表格；请用 Excel 或 WPS 打开，另存为 xlsx",
                what = OtherKind::Html.name()
            ),
            Self::Other(kind) => text!(
                en: "this is {what}; save it as xlsx or CSV",
                zh: "这是{what}；请另存为 xlsx 或 CSV",
                what = kind.name()
            ),
            Self::Encoding { line } => text!(
                en: "the encoding of the text is unknown: line {line} is neither UTF-8 nor GB18030; save it as CSV UTF-8",
                zh: "认不出文字编码：第 {line} 行既不是 UTF-8 也不是 GB18030；请另存为“CSV UTF-8”"
            ),
            Self::NotASpreadsheet => text!(
                en: "this is not a spreadsheet; xlsx, xls, ods and csv are read",
                zh: "这不是表格文件；可以读取 xlsx、xls、ods 和 csv"
            ),
            Self::Broken(why) => text!(
                en: "the file is damaged ({why}); open it in Excel or WPS and save it again",
                zh: "文件已损坏；请用 Excel 或 WPS 打开后重新保存"
            ),
            Self::Empty => text!(en: "the file is empty", zh: "文件是空的"),
        }
    }
}

display_in_english!(SheetError);
