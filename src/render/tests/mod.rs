mod fixtures;
mod hostile;
mod scratch;
