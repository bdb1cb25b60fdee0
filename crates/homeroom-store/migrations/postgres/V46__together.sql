-- What all nodes count together: how often applications ask, and how often
-- somebody sent a wrong secret. Instants are microseconds since 1970 by the
-- clock of the server. Nothing is lost with it but a moment's limits, so it is
-- not written ahead.
CREATE UNLOGGED TABLE spent (
    what bytea PRIMARY KEY,
    -- When all that was asked is worked off, at the rate that is set.
    free bigint NOT NULL,
    -- What was added last.
    added bigint NOT NULL
) WITH (fillfactor = 50);

CREATE UNLOGGED TABLE guessed (
    what bytea PRIMARY KEY,
    -- Nought after a right one.
    wrong bigint NOT NULL,
    last bigint NOT NULL
);
CREATE INDEX guessed_last ON guessed (last);
