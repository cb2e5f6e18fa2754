//! Work grows with the size of a file and not with its square: twice the size takes about twice the time.

use std::time::{Duration, Instant};

use super::block::verdict;

/// The shortest of some runs: what else the machine does only ever adds.
fn shortest(toml: &str) -> Duration {
    let once = || {
        let start = Instant::now();
        verdict(&[toml]);
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap()
}

/// Sixteen times the size takes at most 64 times the time; with the square it would be 256.
#[track_caller]
fn grows_with_its_size(make: impl Fn(usize) -> String, small: usize) {
    let (short, long) = (shortest(&make(small)), shortest(&make(16 * small)));
    assert!(long < 64 * short.max(Duration::from_millis(4)), "{short:?} for {small}, {long:?} for 16 times that");
}

const REST: &str = "id = \"a\"\ncontent.text = \"春\"\nvisible_range.all = true\nschedule.cron = \"0 9 * * MON\"\n";

#[test]
fn a_head_of_many_parts() {
    grows_with_its_size(|n| format!("{REST}[{}]\n", vec!["\"a\""; n].join(".")), 4_000);
    grows_with_its_size(|n| format!("{REST}{} = 1\n", vec!["a"; n].join(" . ")), 4_000);
    grows_with_its_size(|n| format!("{REST}x = {{ {} = 1 }}\n", vec!["'a'"; n].join(".")), 4_000);
}

#[test]
fn a_deep_key_is_told_at_its_line() {
    let toml = format!("{REST}[{}]\n", vec!["\"a\""; 200].join("."));
    let found = verdict(&[&toml]).findings;
    let deep = found.iter().find(|it| it.code == "bad-syntax").unwrap();
    assert_eq!(deep.message, "lists or tables stand too deep inside each other");
    assert!(toml[deep.place.span.clone()].starts_with("[\"a\""));
}

#[test]
fn many_faults() {
    grows_with_its_size(|n| REST.to_owned() + &(0..n).map(|n| format!("k{n} = 1\n")).collect::<String>(), 2_000);
    grows_with_its_size(|n| REST.to_owned() + &"x = [\n".repeat(n), 500);
    grows_with_its_size(|n| REST.to_owned() + &"x = \"\"\"\n".repeat(n), 500);
    grows_with_its_size(|n| REST.to_owned() + &"春 = “\n".repeat(n), 500);
    grows_with_its_size(|n| REST.to_owned() + &"<<<<<<< a\n=======\n".repeat(n), 500);
    grows_with_its_size(|n| REST.to_owned() + &"[x\n".repeat(n), 500);
}

#[test]
fn many_audiences_each_with_a_fault() {
    let audience = |n: usize| format!("[audiences.a{n}]\nsender_list.user_list = [\"zhangshan\"]\nodd = 1\n");
    grows_with_its_size(|n| "# file: policy.toml\n".to_owned() + &(0..n).map(audience).collect::<String>(), 300);
}

#[test]
fn long_texts() {
    for part in ["{", "%", "&", "<", "\\\\", "{{", "\\u202E", "\\uFFFD", "XXX", "\\n", "<a ", "https://"] {
        grows_with_its_size(|n| REST.replace('春', &part.repeat(n)), 2_000);
    }
}
