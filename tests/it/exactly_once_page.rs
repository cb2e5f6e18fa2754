//! The page about exactly once names every code of WeCom's where it belongs.

use drumbeat::wecom::{Class, codes};

fn name(class: Class) -> &'static str {
    match class {
        Class::Busy => "Busy",
        Class::Later(_) => "Later",
        Class::Token => "Token",
        Class::Credential => "Credential",
        Class::Media => "Media",
        Class::Request => "Request",
        Class::Person => "Person",
    }
}

#[test]
fn the_table_of_failures_is_the_programs_own() {
    let page = include_str!("../../docs/exactly-once.md");
    for class in ["Busy", "Later", "Token", "Credential", "Media", "Request", "Person"] {
        let own = codes().iter().filter(|code| name(code.class) == class);
        let own: Vec<String> = own.map(|code| code.errcode.to_string()).collect();
        let row = format!("| `{class}` | {} |", own.join(", "));
        assert!(page.contains(&row), "docs/exactly-once.md lacks this row:\n{row}");
    }
}
