-- Sign-offs that cannot be fooled: what is known besides of reviews, people, bases, heads and merge groups.
-- `ROW_ID`, times, ids, flags and JSON as in the first tables; everything here is added, nothing is changed.

-- `told`: the commit is as the webhook of its submission told it; `base`: so is the branch that its pull request went to.
-- `was`: what a dismissed review said before.
ALTER TABLE reviews ADD COLUMN user_id BIGINT;
ALTER TABLE reviews ADD COLUMN told BIGINT NOT NULL DEFAULT 0;
ALTER TABLE reviews ADD COLUMN base TEXT;
ALTER TABLE reviews ADD COLUMN was TEXT;
ALTER TABLE reviews ADD COLUMN dismissed_by TEXT;
ALTER TABLE reviews ADD COLUMN dismissed_bot BIGINT NOT NULL DEFAULT 0;
ALTER TABLE reviews ADD COLUMN dismissed_push BIGINT;

-- When the pull request was last found to go to another branch than before.
ALTER TABLE pulls ADD COLUMN retargeted_at BIGINT;

-- Whether the row counted as a sign-off once: only of such a one it is said that it ended.
ALTER TABLE sign_offs ADD COLUMN counted BIGINT NOT NULL DEFAULT 0;

-- What ended a sign-off, as first seen: the head that was the first to differ (NULL: the head is the same, its base says something
-- else), and who pushed it.
CREATE TABLE lapses (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    review_id BIGINT NOT NULL,
    rule TEXT NOT NULL,
    head TEXT,
    pusher TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, number, review_id, rule)
);

-- Commits that an approval was given on and that GitHub does not show: what was signed there is not known, and is not asked for again.
CREATE TABLE unread_commits (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    head TEXT NOT NULL,
    why TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, number, head)
);

-- The tip of a branch that pull requests were judged by, as last told by a push or by a compare answer (NULL: not known), since when
-- (`seen_at`); the commit that was last read there (`read_at`), what it says (a digest) and below which folders its records are (JSON).
-- `heard_at`: a push of this repository has reached us, so that the next one is believed to do so too.
CREATE TABLE tips (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    branch TEXT NOT NULL,
    tip TEXT,
    read_at TEXT,
    says TEXT,
    folders TEXT NOT NULL DEFAULT '[]',
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, branch)
);
ALTER TABLE repositories ADD COLUMN heard_at BIGINT;

-- What the check should say for each open pull request: the worst of those with one head is shown.
CREATE TABLE verdicts (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    number BIGINT NOT NULL,
    head TEXT NOT NULL,
    base TEXT NOT NULL,
    conclusion TEXT NOT NULL,
    said TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, number)
);
CREATE INDEX verdicts_head ON verdicts (installation, repository, head);

-- Groups of the merge queue; `said`: what the check of its head should say for it (NULL: it has not been judged yet).
CREATE TABLE merge_groups (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    head TEXT NOT NULL,
    head_ref TEXT NOT NULL,
    base TEXT NOT NULL,
    base_sha TEXT NOT NULL,
    said TEXT,
    open BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, head)
);

-- Members of a team with their ids (JSON, id by login; NULL: not read since this column is there), the team's own id, and whether
-- outsiders cannot see it.
ALTER TABLE teams ADD COLUMN people TEXT;
ALTER TABLE teams ADD COLUMN github_id BIGINT;
ALTER TABLE teams ADD COLUMN secret BIGINT;
ALTER TABLE teams ADD COLUMN about_at BIGINT;

-- People whom rules name: whether they may sign (`why` says why not), and their id.
CREATE TABLE users (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    folded TEXT NOT NULL,
    github_id BIGINT,
    why TEXT,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, folded)
);

-- The id behind a name when it was first seen under a rules file (its digest): under that file another id is somebody else.
CREATE TABLE pins (
    installation BIGINT NOT NULL,
    repository BIGINT NOT NULL,
    folded TEXT NOT NULL,
    rules_digest TEXT NOT NULL,
    github_id BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (installation, repository, folded, rules_digest)
);

-- How often a handle was asked anew about other evidence, for the pace of it.
ALTER TABLE requests ADD COLUMN again BIGINT NOT NULL DEFAULT 0;
