//! The checker: files and a media index in, findings out.

mod applied;
mod block;
mod docs_times;
mod docs_zh;
mod errors;
mod growth;
mod languages;
mod names;
mod pages;
mod pages_zh;
mod rotation_rules;
mod rubbish;
mod media_index;
mod slips;
mod syntax;
mod template;
mod variables;
mod warnings;
mod whole_book;
