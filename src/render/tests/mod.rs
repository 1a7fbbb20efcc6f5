mod checks;
mod comments;
mod fixtures;
mod hostile;
mod preview;
mod shown;
mod terminal;
