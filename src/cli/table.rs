//! Aligned tables for the terminal.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::output::Screen;

/// A column is padded up to this width; a longer cell pushes only its own row.
const WIDEST: usize = 60;

/// Between two columns.
const GAP: usize = 2;

/// Below this width a column is not cut.
const NARROWEST: usize = 16;

/// Rows of cells under a heading.
pub(super) struct Table<const N: usize> {
    heading: [&'static str; N],
    /// The column that may be cut on a terminal that is too narrow.
    elastic: Option<usize>,
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(super) fn new(heading: [&'static str; N], elastic: Option<usize>) -> Self {
        Self { heading, elastic, rows: Vec::new() }
    }

    /// Adds a row. What the cells hold of a repository's has passed through `plain`.
    pub(super) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }

    pub(super) fn text(&self, screen: Screen) -> String {
        let width_of = |at: usize| {
            let cells = self.rows.iter().map(|row| row[at].width());
            cells.filter(|width| *width <= WIDEST).max().unwrap_or(0).max(self.heading[at].width())
        };
        let mut widths: [usize; N] = std::array::from_fn(width_of);
        let mut cut = None;
        if let (Some(screen), Some(at)) = (screen.width, self.elastic) {
            let others: usize = widths.iter().sum::<usize>() - widths[at] + GAP * N.saturating_sub(1);
            let left = screen.saturating_sub(others).max(NARROWEST);
            if left < widths[at] {
                widths[at] = left;
            }
            cut = Some((at, widths[at]));
        }
        let mut out = String::new();
        let heading = self.heading.map(str::to_owned);
        let bold = if screen.color { Style::new().bold() } else { Style::new() };
        line(&mut out, &heading, &widths, cut, bold);
        for row in &self.rows {
            line(&mut out, row, &widths, cut, Style::new());
        }
        out
    }
}

fn line<const N: usize>(
    out: &mut String,
    cells: &[String; N],
    widths: &[usize; N],
    cut: Option<(usize, usize)>,
    style: Style,
) {
    let mut text = String::new();
    for (at, cell) in cells.iter().enumerate() {
        let shorter =
            cut.filter(|(column, most)| *column == at && cell.width() > *most).map(|(_, most)| shorten(cell, most));
        let cell = shorter.as_deref().unwrap_or(cell);
        text.push_str(cell);
        if at + 1 < N {
            text.extend(std::iter::repeat_n(' ', widths[at].saturating_sub(cell.width()) + GAP));
        }
    }
    out.push_str(&format!("{style}{}{style:#}\n", text.trim_end()));
}

fn shorten(cell: &str, most: usize) -> String {
    let mut out = String::new();
    for c in cell.chars() {
        let mut longer = out.clone();
        longer.push(c);
        if longer.width() + 1 > most {
            break;
        }
        out = longer;
    }
    out.push('\u{2026}');
    out
}

#[cfg(test)]
mod tests {
    use super::super::output::plain;
    use super::*;

    fn table() -> Table<3> {
        let mut table = Table::new(["ID", "TITLE", "PATH"], Some(1));
        table.row(["0001", "Teams meet at contracts and nowhere else", "docs/adr/0001.md"].map(plain));
        table.row(["0002", "\u{6f22}\u{5b57}\u{1b}[2J", "docs/adr/0002.md"].map(plain));
        table
    }

    #[test]
    fn a_pipe_gets_everything() {
        insta::assert_snapshot!(table().text(Screen { width: None, color: false }), @r"
        ID    TITLE                                     PATH
        0001  Teams meet at contracts and nowhere else  docs/adr/0001.md
        0002  漢字\u{1b}[2J                             docs/adr/0002.md
        ");
    }

    #[test]
    fn a_narrow_terminal_cuts_the_one_column_that_may_be_cut() {
        insta::assert_snapshot!(table().text(Screen { width: Some(44), color: false }), @r"
        ID    TITLE                 PATH
        0001  Teams meet at contr…  docs/adr/0001.md
        0002  漢字\u{1b}[2J         docs/adr/0002.md
        ");
    }

    #[test]
    fn colour_comes_only_where_it_is_wanted() {
        assert!(table().text(Screen { width: None, color: true }).starts_with("\u{1b}[1mID"));
        assert!(!table().text(Screen { width: None, color: false }).contains('\u{1b}'));
    }
}
