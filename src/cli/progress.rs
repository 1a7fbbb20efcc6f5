//! A bar on standard error while something takes long, on a terminal alone.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// What is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(400);

/// It is drawn no more often than this.
const PAUSE: Duration = Duration::from_millis(80);

/// Characters of the bar.
const WIDTH: usize = 30;

/// Work of which it is known how much there is.
pub(super) struct Progress {
    what: &'static str,
    all: usize,
    done: usize,
    /// When it is to be drawn next; `None`: nobody looks.
    next: Option<Instant>,
    drawn: bool,
}

impl Progress {
    pub(super) fn new(what: &'static str, all: usize) -> Self {
        let next = io::stderr().is_terminal().then(|| Instant::now() + PATIENCE);
        Self { what, all, done: 0, next, drawn: false }
    }

    /// Says that this much more is done.
    pub(super) fn step(&mut self, more: usize) {
        self.done = self.done.saturating_add(more).min(self.all);
        let now = Instant::now();
        if self.next.is_some_and(|next| now >= next) {
            self.next = Some(now + PAUSE);
            self.drawn = true;
            // With nobody to tell, there is nothing to be done.
            let _ = write!(io::stderr().lock(), "\r{}", bar(self.what, self.done, self.all));
        }
    }
}

impl Drop for Progress {
    /// Leaves the line as it was.
    fn drop(&mut self) {
        if self.drawn {
            let _ = write!(io::stderr().lock(), "\r\u{1b}[K");
        }
    }
}

fn bar(what: &str, done: usize, all: usize) -> String {
    let full = (done * WIDTH).checked_div(all).unwrap_or(WIDTH);
    format!("{what} [{}{}] {done}/{all}", "=".repeat(full), " ".repeat(WIDTH - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_far_it_is() {
        assert_eq!(bar("judging", 0, 4), "judging [                              ] 0/4");
        assert_eq!(bar("judging", 3, 4), "judging [======================        ] 3/4");
        assert_eq!(bar("judging", 4, 4), "judging [==============================] 4/4");
        assert_eq!(bar("judging", 0, 0), "judging [==============================] 0/0");
    }

    #[test]
    fn nothing_is_drawn_where_nobody_looks() {
        let mut progress = Progress { what: "judging", all: 2, done: 0, next: None, drawn: false };
        progress.step(5);
        assert_eq!((progress.done, progress.drawn), (2, false));
    }
}
