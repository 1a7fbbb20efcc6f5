-- Heads of which GitHub was asked who pushed them, since nobody had told.

CREATE TABLE asked_pushes (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    head TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, number, head)
);
