//! Plots as SVG, drawn by the server: readable without script, in light and dark. Numbers also stand in text, because a
//! picture is nothing to a screen reader.

use maud::{Markup, html};

/// A column of a plot.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// What is under it.
    pub label: String,
    pub value: f64,
    /// The value as people read it.
    pub text: String,
}

const STEP: usize = 56;
const WIDTH: usize = 32;
const HEIGHT: usize = 120;
/// Room above for values, and below for labels.
const TOP: usize = 22;
const BOTTOM: usize = 24;

/// A plot of columns with their values; nothing without columns. `title` says what they are: no other plot of the page
/// has it.
pub(super) fn columns(title: &str, columns: &[Column]) -> Markup {
    if columns.is_empty() {
        return html! {};
    }
    let most = columns.iter().map(|it| it.value).fold(0.0, f64::max);
    let height = |value: f64| if most > 0.0 { (value / most * HEIGHT as f64).round() as usize } else { 0 };
    let (width, total) = (columns.len() * STEP, TOP + HEIGHT + BOTTOM);
    let spoken: Vec<String> = columns.iter().map(|it| format!("{}: {}", it.label, it.text)).collect();
    let spoken = format!("{title}: {}", spoken.join(", "));
    html! {
        figure.plot {
            figcaption { (title) }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                svg role="img" aria-label=(spoken) width=(width) height=(total) viewBox=(format!("0 0 {width} {total}")) {
                    line.axis x1="0" x2=(width) y1=(TOP + HEIGHT) y2=(TOP + HEIGHT) {}
                    @for (n, column) in columns.iter().enumerate() {
                        @let (left, high) = (n * STEP + (STEP - WIDTH) / 2, height(column.value));
                        @let middle = n * STEP + STEP / 2;
                        rect x=(left) y=(TOP + HEIGHT - high) width=(WIDTH) height=(high) {}
                        text.value x=(middle) y=(TOP + HEIGHT - high - 6) text-anchor="middle" { (column.text) }
                        text x=(middle) y=(total - 8) text-anchor="middle" { (column.label) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(label: &str, value: f64) -> Column {
        Column { label: label.to_owned(), value, text: value.to_string() }
    }

    #[test]
    fn heights_are_in_proportion() {
        let drawn = columns("t", &[column("a", 50.0), column("b", 100.0)]).into_string();
        assert!(drawn.contains("height=\"60\"") && drawn.contains("height=\"120\""), "{drawn}");
        assert!(drawn.contains("aria-label=\"t: a: 50, b: 100\""), "{drawn}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(columns("t", &[]).into_string(), "");
        assert!(columns("t", &[column("a", 0.0)]).into_string().contains("height=\"0\""));
    }

    #[test]
    fn labels_are_escaped() {
        assert!(!columns("t", &[column("<script>", 1.0)]).into_string().contains("<script>"));
    }
}
