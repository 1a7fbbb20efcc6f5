//! How a command writes: quiet when nobody reads any more, coloured on a terminal alone.

use std::io::{self, BufWriter, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use super::Failure;

/// What standard output is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    /// Columns of the terminal; `None` in a pipe, where nothing is cut or wrapped.
    pub(super) width: Option<usize>,
    /// Whether to colour: a terminal, and neither `NO_COLOR` nor a terminal that cannot.
    pub(super) color: bool,
}

impl Screen {
    pub(super) fn of_stdout() -> Self {
        let stdout = io::stdout();
        let width = stdout.is_terminal().then(|| terminal_size::terminal_size_of(&stdout)).flatten();
        Self {
            width: width.map(|(width, _)| usize::from(width.0)),
            color: AutoStream::choice(&stdout) != ColorChoice::Never,
        }
    }
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no failure.
pub(super) fn write(what: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    match what(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is still in the buffer has no reader.
            let _ = out.into_parts();
            Ok(())
        }
        Err(source) => Err(Failure::Io { what: "standard output".to_owned(), source }),
        Ok(()) => Ok(()),
    }
}

/// Writes a text that ends with a line break.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    write(|out| {
        out.write_all(text.as_bytes())?;
        if text.is_empty() || text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") }
    })
}

/// Says why the command ends.
pub(super) fn complain(message: &str) {
    say("merestone: ", message);
}

/// Says what else the reader should know, beside the answer.
pub(super) fn note(message: &str) {
    say("note: ", message);
}

fn say(before: &str, message: &str) {
    // With nobody to tell, there is nothing to be done.
    let _ = writeln!(io::stderr().lock(), "{before}{}", plain_lines(message));
}

/// Text of a repository as a terminal may have it: whatever is invisible, moves the cursor or turns the direction of the
/// text is shown as an escape.
pub(super) fn plain(text: &str) -> String {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    // Nearly all text is plain already.
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if unseen(c) {
            out.extend(c.escape_unicode())
        } else {
            out.push(c)
        }
        out
    })
}

/// [`plain`], with its line breaks.
pub(super) fn plain_lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(plain("a\u{1b}[31mb\r\n\u{202e}c d\u{e9}"), "a\\u{1b}[31mb\\u{d}\\u{a}\\u{202e}c d\u{e9}");
    }
}
