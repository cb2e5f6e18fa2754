//! The checker: files and what is known of their media in, findings out.

mod block;
mod errors;
mod names;
mod pages;
mod shelf;
mod syntax;
mod warnings;
mod whole_book;
