mod fixtures;
mod scratch;
