//! Converts the rows of a spreadsheet to campaign files and findings. Pure; `importer` does the I/O.
//!
//! Pure. `sheet` reads the cells from a file, `importer` lays the campaign files over a book and runs `check` on them.
//! An id never depends on the order of the rows or on the file's name, so that a second import changes files and adds
//! none beside them.

mod answers;
mod audience_set;
mod campaign_file;
mod content;
mod decide;
mod field;
mod finding;
mod finding_codes;
mod group;
mod head;
mod imported_file;
mod cell_time;
mod past_rows;
mod planned;
mod post_index;
mod question;
mod read_rows;
mod reconcile;
mod row;
mod row_reader;
mod situation;
mod source_file_name;
mod table;

pub use answers::{Answer, Answers, MovedAnswer, NamedAnswer, RemovedAnswer, UnknownAnswer};
pub use audience_set::{AudienceResolver, AudienceSet};
pub use campaign_file::{CampaignFile, OtherPost, source_name, write};
pub(crate) use cell_time::of_day;
pub use field::{Field, is_same_head};
pub use finding::CellFinding;
pub use finding_codes::{FINDING_CODES, FindingCode, find_code};
pub use group::{Group, groups};
pub use head::{Head, find as find_head, has_posts, read as read_head};
pub use imported_file::{DIRECTORY, ImportedFile, body};
pub use planned::{PlannedCampaign, PlannedPost};
pub use question::{Question, QuestionKind, file_of};
pub use read_rows::{MAX_FINDINGS, MAX_ROWS, read as read_rows};
pub use reconcile::{MergedCampaign, Reconciled, file_path, other_sources, reconcile};
pub use row::{At, EXAMPLE_MARKS, MediaName, Reading, Row, RowAudience, RowContent, Rows};
pub use situation::Situation;
pub use table::{Cell, PictureId, Position, Region, Sheet, Value, Workbook, cell_name, column_name};
