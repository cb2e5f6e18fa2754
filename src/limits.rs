//! Every number that WeCom's pages state, with its source. No other module repeats a number.
//!
//! "Page 96351" is 企业发表内容到客户的朋友圈 (last updated 2025-09-11), "page 96347" the upload of attachments,
//! "page 96352" the list of moments, "page 91039" gettoken: <https://developer.work.weixin.qq.com/document/path/N>.

use std::time::Duration;

use chrono_tz::Tz;

/// The zone in which WeCom counts days and months, and in which people read times unless a book names another.
pub const BEIJING: Tz = Tz::Asia__Shanghai;

/// Longest text of a post, in characters (page 96351: 2000 个字).
pub const TEXT_CHARS: usize = 2_000;
/// Longest text of a post, in bytes as WeCom counts them: see [`weight`] (page 96351: 4000 个字节).
pub const TEXT_WEIGHT: usize = 4_000;
/// Longest title of a link, in characters (page 96351).
pub const LINK_TITLE_CHARS: usize = 64;
/// Longest title of a link, in bytes as WeCom counts them (page 96351).
pub const LINK_TITLE_WEIGHT: usize = 128;
/// Maximum number of images in a post (page 96351).
pub const IMAGES: usize = 9;
/// Maximum number of user ids in `sender_list.user_list` (page 96351: 10 万).
pub const USERS: usize = 100_000;
/// Longest edge of an image or cover, in pixels (page 96351).
pub const IMAGE_LONG_EDGE: u32 = 10_800;
/// Maximum of the shorter edge of an image or cover, in pixels (page 96351).
pub const IMAGE_SHORT_EDGE: u32 = 1_080;
/// Largest image, in bytes (page 96347: 10 MB).
pub const IMAGE_BYTES: u64 = 10 * 1024 * 1024;
/// Largest video, in bytes (pages 96347 and 96351: 10 MB).
pub const VIDEO_BYTES: u64 = 10 * 1024 * 1024;
/// Longest video (page 96351: 30 S).
pub const VIDEO_LENGTH: Duration = Duration::from_secs(30);
/// A file must be larger than this many bytes (page 96347: 所有文件 size 必须大于 5 个字节).
pub const MEDIA_MIN_BYTES: u64 = 5;

/// Creations of moments in any minute, per corp (page 96351: 10 次/min).
pub const CREATES_PER_MINUTE: usize = 10;
/// Creations of moments in a calendar month, per corp (page 96351: 10 万).
pub const CREATES_PER_MONTH: usize = 100_000;
/// How long a job id can be asked for (page 96351: 24 小时有效).
pub const JOB_LIFE: Duration = Duration::from_secs(24 * 3600);
/// How long an uploaded media id is valid
pub const MEDIA_LIFE: Duration = Duration::from_secs(3 * 24 * 3600);
/// How long a ticket of a suite is valid (page 90628)
pub const SUITE_TICKET_LIFE: chrono::TimeDelta = chrono::TimeDelta::minutes(30);
/// How long the code of an authorisation can be exchanged (page 90642)
pub const AUTH_CODE_LIFE: chrono::TimeDelta = chrono::TimeDelta::minutes(10);
/// How long a token is valid unless WeCom's answer has another time
pub const TOKEN_LIFE: Duration = Duration::from_secs(7_200);
/// Maximum number of entries on a page of `get_moment_list`; a larger `limit` silently becomes this (page 96352).
pub const LIST_PAGE: usize = 20;
/// Maximum number of entries on a page of `get_moment_task`; a larger `limit` silently becomes [`TASK_PAGE_USUAL`] (page 96352).
pub const TASK_PAGE: usize = 1_000;
/// Entries on a page of `get_moment_task` where no `limit` is given (page 96352).
pub const TASK_PAGE_USUAL: usize = 500;
/// Maximum number of members in one `batch/get_by_user` (page 96316).
pub const CUSTOMER_USERS: usize = 100;
/// Maximum number of relations on a page of `batch/get_by_user` (page 96316).
pub const CUSTOMER_PAGE: usize = 100;
/// Relations on a page of `batch/get_by_user` where no `limit` is given (page 96316).
pub const CUSTOMER_PAGE_USUAL: usize = 50;
/// Maximum number of customers on a page of `get_moment_send_result` (page 96352).
pub const REACHED_PAGE: usize = 5_000;
/// Customers on a page of `get_moment_send_result` where no `limit` is given (page 96352).
pub const REACHED_PAGE_USUAL: usize = 3_000;
/// Longest time between `start_time` and `end_time` of `get_moment_list` (page 96352).
pub const LIST_SPAN: Duration = Duration::from_secs(30 * 24 * 3600);
/// Maximum number of members that one message of an app is addressed to (page 90236, 2025-09-24: 最多支持1000个).
pub const MESSAGE_USERS: usize = 1_000;
/// Longest text of a message, in bytes of UTF-8; WeCom cuts off the rest (page 90236: 最长不超过2048个字节).
pub const MESSAGE_BYTES: usize = 2_048;
/// Messages of one app to one member in a minute; more are dropped without an error (pages 90236 and 90454).
pub const MESSAGES_PER_MINUTE: usize = 30;
/// The same in an hour (pages 90236 and 90454).
pub const MESSAGES_PER_HOUR: usize = 1_000;
/// Messages of one app in a day, one for each member, times the number of accounts (page 90236: 账号上限数*200人次/天).
pub const MESSAGES_PER_DAY_AND_ACCOUNT: usize = 200;
/// How long WeCom drops an equal message where it is asked to, unless told otherwise (page 90236: 默认1800秒).
pub const DUPLICATE_CHECK: Duration = Duration::from_secs(1_800);
/// The longest such time (page 90236: 最大不超过4小时).
pub const DUPLICATE_CHECK_MAX: Duration = Duration::from_secs(4 * 3600);
/// How long a call is blocked after the limit per minute was passed (page 90454).
pub const MINUTE_BLOCK: Duration = Duration::from_secs(60);

/// The official host (every page).
pub const OFFICIAL_URL: &str = "https://qyapi.weixin.qq.com";

/// The page on which a member signs in with a QR code (unverified: the page of 企业微信登录).
pub const SIGN_IN_URL: &str = "https://login.work.weixin.qq.com/wwlogin/sso/login";

/// The "bytes" in which page 96351 counts text.
///
/// The page gives 2000 字 as 4000 字节 and 64 字 as 128 字节, two bytes a character, and names no encoding. In UTF-8 the
/// two numbers would contradict each other for Chinese, so ASCII counts 1, everything else 2, and what lies beyond
/// U+FFFF (emoji) 4, as it is in GB18030, UTF-16 and UTF-8 alike. **Unverified against the live service.**
pub fn weight(text: &str) -> usize {
    // By the first byte of each character in UTF-8, and nothing for those that follow it.
    text.bytes()
        .map(|byte| match byte {
            0..=0x7f => 1,
            0x80..=0xbf => 0,
            0xc0..=0xef => 2,
            0xf0..=0xff => 4,
        })
        .sum()
}
