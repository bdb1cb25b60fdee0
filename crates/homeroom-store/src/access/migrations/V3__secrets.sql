-- Any number of secrets of an application, each with an end of its own.
-- `sealed` is the secret itself, for an application that signs its requests
-- (OAuth 1.0a): hexadecimal digits, sealed under the installation key.
CREATE TABLE secret (
    client_id TEXT   NOT NULL REFERENCES app (client_id) ON DELETE CASCADE,
    hash      TEXT   NOT NULL,
    sealed    TEXT,
    created   BIGINT NOT NULL,
    expires   BIGINT,
    PRIMARY KEY (client_id, hash)
);
INSERT INTO secret (client_id, hash, created) SELECT client_id, secret, created FROM app;
ALTER TABLE app DROP COLUMN secret;

ALTER TABLE app ADD COLUMN signs BIGINT NOT NULL DEFAULT 0;
-- Requests a second; without it, the server's own limit.
ALTER TABLE app ADD COLUMN rate BIGINT;

-- The latest second of which a signed request was taken, so that none of it is
-- taken again after a restart. Which ones were taken since, the process knows.
CREATE TABLE signed_until (
    client_id TEXT   NOT NULL PRIMARY KEY REFERENCES app (client_id) ON DELETE CASCADE,
    second    BIGINT NOT NULL
);

-- Who else vouches for callers (OpenID Connect), and as which application
-- they call.
CREATE TABLE issuer (
    tenant      TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    url         TEXT   NOT NULL,
    audience    TEXT   NOT NULL,
    client_id   TEXT   NOT NULL REFERENCES app (client_id) ON DELETE CASCADE,
    user_claim  TEXT,
    user_member TEXT   NOT NULL,
    created     BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);
