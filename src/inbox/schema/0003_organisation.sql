-- Rules that are not the repository's own, and versions of rules that were sound.
-- `ROW_ID`, times, ids, flags and JSON as in the first tables; everything here is added, nothing is changed.

-- The organisation's file, by the id of the account: `.github/merestone.yml` at the tip of the default branch of its repository
-- `.github`. `repository`, `branch`, `private`, `tip`: that repository as last seen (NULL: never, or not told).
-- `found` is how the last look ended: `file` (then `blob`, and `text` as it was read), else why there is none to read.
-- `good_…`: the last version that could be used; it outlives every look.
-- `looked_at`: when the last look began, so that one that began earlier changes nothing; `event_at`: when an event last said that all
-- this may be out of date, `told`: the tip that it told.
CREATE TABLE organisation_files (
    installation BIGINT NOT NULL,
    account BIGINT NOT NULL,
    repository BIGINT,
    branch TEXT,
    private BIGINT,
    tip TEXT,
    found TEXT NOT NULL,
    why TEXT,
    blob TEXT,
    text TEXT,
    good_tip TEXT,
    good_blob TEXT,
    good_text TEXT,
    looked_at BIGINT NOT NULL,
    event_at BIGINT,
    told TEXT,
    PRIMARY KEY (installation, account)
);

-- The last sound version of a repository's own rules file, by gated branch.
CREATE TABLE good_rules (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    branch TEXT NOT NULL,
    commit_id TEXT NOT NULL,
    blob TEXT NOT NULL,
    text TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, branch)
);
