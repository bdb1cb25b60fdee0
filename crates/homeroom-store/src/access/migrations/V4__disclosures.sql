-- What applications were given. A request is kept once, each answer as a few
-- numbers: the records are found again in the history of the roster.

CREATE TABLE disclosed_request (
    digest BIGINT NOT NULL PRIMARY KEY,
    tenant TEXT   NOT NULL,
    app    TEXT   NOT NULL,
    -- What was asked, as JSON.
    asked  TEXT   NOT NULL
);

CREATE TABLE disclosure (
    id      INTEGER NOT NULL PRIMARY KEY,
    request BIGINT  NOT NULL,
    at      BIGINT  NOT NULL,
    -- The version of the roster, as the instant of its publication.
    roster  BIGINT  NOT NULL,
    -- How many records stood before, and how many were given.
    skipped BIGINT  NOT NULL,
    given   BIGINT  NOT NULL,
    -- The row ids around the page, where it is in their order: after the one,
    -- up to the other.
    after   BIGINT,
    upto    BIGINT,
    -- The identifier of a single record that was asked for.
    own     TEXT
);
