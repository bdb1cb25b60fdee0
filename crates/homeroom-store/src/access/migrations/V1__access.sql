-- Plain SQL that SQLite and PostgreSQL read alike. Instants are milliseconds
-- since 1970, hashes are lower-case hexadecimal.

CREATE TABLE installation (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE app (
    client_id  TEXT   NOT NULL PRIMARY KEY,
    tenant     TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    secret     TEXT   NOT NULL,
    scopes     TEXT   NOT NULL,
    tombstones TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    disabled   BIGINT,
    UNIQUE (tenant, name)
);

CREATE TABLE token (
    hash      TEXT   NOT NULL PRIMARY KEY,
    client_id TEXT   NOT NULL REFERENCES app (client_id) ON DELETE CASCADE,
    scopes    TEXT   NOT NULL,
    issued    BIGINT NOT NULL,
    expires   BIGINT NOT NULL
);
CREATE INDEX token_client_id ON token (client_id);
CREATE INDEX token_expires ON token (expires);

CREATE TABLE audit (
    at      BIGINT NOT NULL,
    tenant  TEXT   NOT NULL,
    who     TEXT   NOT NULL,
    action  TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    detail  TEXT   NOT NULL
);
CREATE INDEX audit_at ON audit (tenant, at);
