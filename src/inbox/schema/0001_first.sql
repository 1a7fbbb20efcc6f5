-- The first tables. One text for both engines: `ROW_ID` stands for the engine's own numbered primary key.
-- Times are whole microseconds since 1970 UTC; ids are GitHub's numbers; yes and no are 1 and 0; JSON is kept as text.
-- Later chapters add tables and columns and change none of these.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE installations (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL,
    account TEXT NOT NULL,
    active BIGINT NOT NULL
);

CREATE TABLE repositories (
    installation BIGINT NOT NULL,
    id BIGINT NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (installation, id)
);

-- Dirty tasks. A task has at most one row that waits (queued or quarantined) and at most one that runs.
-- `attempts` and `unended` count the claims since the last end, good or any; `runs` counts every claim, so that no two are alike.
CREATE TABLE marks (
    id ROW_ID,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    installation BIGINT NOT NULL,
    state TEXT NOT NULL,
    lane BIGINT NOT NULL,
    due BIGINT NOT NULL,
    event_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    floor TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    unended BIGINT NOT NULL,
    runs BIGINT NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until BIGINT,
    last_error TEXT
);
CREATE UNIQUE INDEX marks_one_waiting ON marks (kind, key) WHERE state <> 'running';
CREATE UNIQUE INDEX marks_one_running ON marks (kind, key) WHERE state = 'running';
CREATE INDEX marks_order ON marks (lane, event_at DESC, id DESC) WHERE state = 'queued';

-- Nothing of the installation is claimed before `until`.
CREATE TABLE pauses (
    installation BIGINT PRIMARY KEY,
    until BIGINT NOT NULL
);

-- Delivery ids already taken in: they save work and nothing else.
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX deliveries_at ON deliveries (at);

-- `shown`: 0 nothing was ever said about what GitHub shows of ours, 1 what is stored is all there is, 2 that is in doubt.
-- No `snapshot` beside an `updated_at`: two of that second contradicted each other, so GitHub has to be asked.
CREATE TABLE pulls (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    head TEXT,
    base TEXT,
    open BIGINT,
    updated_at BIGINT,
    snapshot TEXT,
    reviews_complete BIGINT NOT NULL DEFAULT 0,
    shown BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (installation, repository, number)
);
CREATE INDEX pulls_head ON pulls (installation, repository, head, number) WHERE open = 1;

CREATE TABLE reviews (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    review_id BIGINT NOT NULL,
    login TEXT NOT NULL,
    bot BIGINT NOT NULL,
    kind TEXT,
    commit_id TEXT,
    submitted_at BIGINT,
    PRIMARY KEY (installation, repository, number, review_id)
);

-- Who moved the head to where, as webhooks told it: once for each head and login.
CREATE TABLE pushers (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    head TEXT NOT NULL,
    login TEXT NOT NULL,
    bot BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, number, head, login)
);

-- Rows on slots of findings: a slot is named by its fingerprint.
CREATE TABLE sign_offs (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    review_id BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    rule TEXT NOT NULL,
    login TEXT NOT NULL,
    head TEXT NOT NULL,
    at BIGINT NOT NULL,
    items TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (installation, repository, number, review_id, fingerprint)
);

-- One row a judged head. The files of that head with their blob ids are in `facts`, which are stored with every judgement:
-- a second table of them could only disagree.
CREATE TABLE judgements (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    head TEXT NOT NULL,
    base_tip TEXT NOT NULL,
    merge_base TEXT NOT NULL,
    rules_digest TEXT NOT NULL,
    facts_version BIGINT NOT NULL,
    facts TEXT NOT NULL,
    review TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, number, head)
);

-- What GitHub shows of ours. A check belongs to the commit: pull requests with the same head share its row.
CREATE TABLE comments (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    comment_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, number)
);
CREATE TABLE checks (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    head TEXT NOT NULL,
    check_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    conclusion TEXT,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, head)
);
CREATE TABLE requests (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    folded TEXT NOT NULL,
    handle TEXT NOT NULL,
    state TEXT NOT NULL,
    why TEXT,
    at BIGINT NOT NULL,
    fingerprints TEXT NOT NULL,
    PRIMARY KEY (installation, repository, number, folded)
);

-- Writes to GitHub that were about to be sent and whose end is not stored.
CREATE TABLE intents (
    id ROW_ID,
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    head TEXT,
    hash TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX intents_pull ON intents (installation, repository, number);

-- `members` is NULL where the team does not exist or may not be seen; `why` says so then.
CREATE TABLE teams (
    installation BIGINT NOT NULL,
    folded TEXT NOT NULL,
    members TEXT,
    why TEXT,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (installation, folded)
);

-- The id behind a name, as first seen: a name that has another id later is somebody else.
CREATE TABLE names (
    installation BIGINT NOT NULL,
    folded TEXT NOT NULL,
    github_id BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (installation, folded)
);

-- What carries a person's words: once for ever by comment and line, so that a redelivery brings nothing back.
CREATE TABLE acts (
    installation BIGINT NOT NULL,
    comment_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (installation, comment_id, line)
);
CREATE INDEX acts_pull ON acts (installation, repository, number);
