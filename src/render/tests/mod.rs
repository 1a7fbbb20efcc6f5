mod checks;
mod comments;
mod fixtures;
mod hostile;
mod shown;
mod terminal;
