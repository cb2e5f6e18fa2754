//! The rules, one file each. A new rule needs its file and a line in this table; a test keeps the table sorted and
//! complete.

mod alike_contents;
mod all_beside_list;
mod ambiguous_name;
mod audience_beside_list;
mod bad_braces;
mod bad_calendar;
mod bad_counts;
mod bad_department_id;
mod bad_directory;
mod bad_id;
mod bad_lateness;
mod bad_link_url;
mod bad_media_path;
mod bad_policy;
mod bad_rotation;
mod bad_schedule;
mod bad_syntax;
mod bad_tag_id;
mod bad_timezone;
mod bad_user_id;
mod bad_variable;
mod before_calendar;
mod blank_edges;
mod broken_media;
mod busy_audience;
mod case_only_names;
mod closed_time;
mod control_character;
mod crowded_minute;
mod damaged_text;
mod duplicate_id;
mod empty_audience_list;
mod empty_content;
mod empty_first_week;
mod empty_images;
mod empty_reach;
mod end_at_midnight;
mod everyone;
mod foreign_directory;
mod full_month;
mod git_in_book;
mod html_in_text;
mod idle_content_date;
mod idle_day_match;
mod idle_rotation;
mod idle_skip;
mod invisible_character;
mod jumped_counts;
mod large_image;
mod large_media;
mod link_in_text;
mod link_without_cover;
mod link_without_url;
mod literal_escape;
mod long_link_title;
mod long_text;
mod long_text_in_utf8;
mod long_video;
mod media_id;
mod media_outside;
mod merge_conflict;
mod missing_holidays;
mod missing_key;
mod missing_media;
mod mixed_attachments;
mod nested_audience;
mod new_toml_syntax;
mod no_audience;
mod no_schedule;
mod odd_timezone;
mod past_calendar;
mod placeholder;
mod repeated_content;
mod repeated_entry;
mod repeated_image;
mod rotation_without_start;
mod same_text;
mod skipped_months;
mod stale_counts;
mod stale_directory;
mod stale_zone;
mod swapped_time;
mod template_text;
mod tiny_media;
mod too_many_a_day;
mod too_many_images;
mod too_many_users;
mod twice_a_day;
mod uneven_steps;
mod unknown_audience;
mod unknown_id;
mod unknown_key;
mod unknown_name;
mod unknown_variable;
mod unlikely_tag_id;
mod unreachable_link;
mod unread_part;
mod unreadable_file;
mod unreadable_media;
pub(super) mod unused_allow;
mod unused_audience;
mod unused_content;
mod unused_media;
mod unused_variable;
mod unusual_codec;
mod unusual_jpeg;
mod video_without_picture;
mod wording;
mod wrong_media_kind;
mod wrong_type;

use super::Rule;

/// Every rule, sorted by code.
pub static ALL: &[&Rule] = &[
    &alike_contents::RULE,
    &all_beside_list::RULE,
    &ambiguous_name::RULE,
    &audience_beside_list::RULE,
    &bad_braces::RULE,
    &bad_calendar::RULE,
    &bad_counts::RULE,
    &bad_department_id::RULE,
    &bad_directory::RULE,
    &bad_id::RULE,
    &bad_lateness::RULE,
    &bad_link_url::RULE,
    &bad_media_path::RULE,
    &bad_policy::RULE,
    &bad_rotation::RULE,
    &bad_schedule::RULE,
    &bad_syntax::RULE,
    &bad_tag_id::RULE,
    &bad_timezone::RULE,
    &bad_user_id::RULE,
    &bad_variable::RULE,
    &before_calendar::RULE,
    &blank_edges::RULE,
    &broken_media::RULE,
    &busy_audience::RULE,
    &case_only_names::RULE,
    &closed_time::RULE,
    &control_character::RULE,
    &crowded_minute::RULE,
    &damaged_text::RULE,
    &duplicate_id::RULE,
    &empty_audience_list::RULE,
    &empty_content::RULE,
    &empty_first_week::RULE,
    &empty_images::RULE,
    &empty_reach::RULE,
    &end_at_midnight::RULE,
    &everyone::RULE,
    &foreign_directory::RULE,
    &full_month::RULE,
    &git_in_book::RULE,
    &html_in_text::RULE,
    &idle_content_date::RULE,
    &idle_day_match::RULE,
    &idle_rotation::RULE,
    &idle_skip::RULE,
    &invisible_character::RULE,
    &jumped_counts::RULE,
    &large_image::RULE,
    &large_media::RULE,
    &link_in_text::RULE,
    &link_without_cover::RULE,
    &link_without_url::RULE,
    &literal_escape::RULE,
    &long_link_title::RULE,
    &long_text::RULE,
    &long_text_in_utf8::RULE,
    &long_video::RULE,
    &media_id::RULE,
    &media_outside::RULE,
    &merge_conflict::RULE,
    &missing_holidays::RULE,
    &missing_key::RULE,
    &missing_media::RULE,
    &mixed_attachments::RULE,
    &nested_audience::RULE,
    &new_toml_syntax::RULE,
    &no_audience::RULE,
    &no_schedule::RULE,
    &odd_timezone::RULE,
    &past_calendar::RULE,
    &placeholder::RULE,
    &repeated_content::RULE,
    &repeated_entry::RULE,
    &repeated_image::RULE,
    &rotation_without_start::RULE,
    &same_text::RULE,
    &skipped_months::RULE,
    &stale_counts::RULE,
    &stale_directory::RULE,
    &stale_zone::RULE,
    &swapped_time::RULE,
    &template_text::RULE,
    &tiny_media::RULE,
    &too_many_a_day::RULE,
    &too_many_images::RULE,
    &too_many_users::RULE,
    &twice_a_day::RULE,
    &uneven_steps::RULE,
    &unknown_audience::RULE,
    &unknown_id::RULE,
    &unknown_key::RULE,
    &unknown_name::RULE,
    &unknown_variable::RULE,
    &unlikely_tag_id::RULE,
    &unreachable_link::RULE,
    &unread_part::RULE,
    &unreadable_file::RULE,
    &unreadable_media::RULE,
    &unused_allow::RULE,
    &unused_audience::RULE,
    &unused_content::RULE,
    &unused_media::RULE,
    &unused_variable::RULE,
    &unusual_codec::RULE,
    &unusual_jpeg::RULE,
    &video_without_picture::RULE,
    &wording::RULE,
    &wrong_media_kind::RULE,
    &wrong_type::RULE,
];

/// The rule with a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    ALL.binary_search_by_key(&code, |rule| rule.code).ok().map(|at| ALL[at])
}
