//! Tables in a terminal: columns as wide as they must be, a page of 100 columns, no surprises from data.

/// Columns of a page.
const PAGE_COLUMNS: usize = 100;
/// Between two columns.
const GAP: &str = "  ";

/// How a column stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// One column: its title, how it stands, and the characters it may take.
pub struct Column {
    pub title: &'static str,
    pub align: Align,
    pub width_max: usize,
}

impl Column {
    /// Text, shortened with `…` beyond `width_max` characters.
    pub const fn text(title: &'static str, width_max: usize) -> Self {
        Self { title, align: Align::Left, width_max }
    }

    /// Figures.
    pub const fn figure(title: &'static str, width_max: usize) -> Self {
        Self { title, align: Align::Right, width_max }
    }
}

/// The table as lines, titles first. `rows` have one cell a column.
pub fn render(columns: &[Column], rows: &[Vec<String>]) -> String {
    let clean = |row: &Vec<String>| -> Vec<String> {
        row.iter().zip(columns).map(|(cell, c)| shortened(&printable(cell), c.width_max)).collect()
    };
    let rows: Vec<Vec<String>> = rows.iter().map(clean).collect();
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(n, c)| rows.iter().map(|r| length(&r[n])).fold(length(c.title), usize::max))
        .collect();
    let titles = columns.iter().map(|c| c.title.to_owned()).collect();
    let mut out = String::new();
    for row in std::iter::once(&titles).chain(&rows) {
        out.push_str(&line(columns, &widths, row));
        out.push('\n');
    }
    out
}

fn line(columns: &[Column], widths: &[usize], row: &[String]) -> String {
    let cells = row.iter().zip(columns).zip(widths).map(|((cell, column), width)| {
        let room = " ".repeat(width - length(cell));
        match column.align {
            Align::Left => format!("{cell}{room}"),
            Align::Right => format!("{room}{cell}"),
        }
    });
    let line = cells.collect::<Vec<_>>().join(GAP);
    shortened(line.trim_end(), PAGE_COLUMNS)
}

/// `label  value` lines with the labels in one column.
pub fn facts(pairs: &[(&str, String)]) -> String {
    let widest = pairs.iter().map(|(label, _)| length(label)).max().unwrap_or(0);
    let one = |(label, value): &(&str, String)| {
        let room = " ".repeat(widest - length(label));
        format!("{label}{room}{GAP}{}\n", printable(value))
    };
    pairs.iter().map(one).collect()
}

/// Callers choose some of what we print: control characters would move a terminal's cursor.
pub fn printable(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

fn shortened(text: &str, width_max: usize) -> String {
    if length(text) <= width_max {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(width_max.saturating_sub(1)).collect();
    kept.truncate(kept.trim_end().len());
    kept + "…"
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] =
        [Column::text("name", 12), Column::figure("owed", 12), Column::text("lang", 5)];

    fn row(cells: [&str; 3]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn text_stands_left_figures_right_and_no_line_ends_in_blanks() {
        let rows = [row(["Zażółć Gęślą", "7.00 PLN", "pl"]), row(["Bo", "1234.56 PLN", ""])];
        assert_eq!(
            render(&COLUMNS, &rows),
            "name                 owed  lang\n\
             Zażółć Gęślą     7.00 PLN  pl\n\
             Bo            1234.56 PLN\n"
        );
    }

    #[test]
    fn a_long_cell_is_shortened_and_says_so() {
        let text = render(&COLUMNS, &[row(["Bartholomew the Second", "1", "en-GB"])]);
        assert!(text.contains("Bartholomew…"), "{text}");
    }

    #[test]
    fn a_page_has_100_columns_whatever_the_data() {
        let wide = [Column::text("a", 70), Column::text("b", 70)];
        let rows = [vec!["x".repeat(500), "y".repeat(500)]];
        let text = render(&wide, &rows);
        assert!(text.lines().all(|l| l.chars().count() <= PAGE_COLUMNS), "{text}");
    }

    #[test]
    fn data_cannot_move_the_cursor_or_turn_the_line_around() {
        let text = render(&COLUMNS, &[row(["\u{1b}[2Jx", "a\nb", "\u{202e}lp"])]);
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    }

    #[test]
    fn facts_stand_in_two_columns() {
        let text = facts(&[("case", "4711".into()), ("creditor", "Energia".into())]);
        assert_eq!(text, "case      4711\ncreditor  Energia\n");
    }
}
