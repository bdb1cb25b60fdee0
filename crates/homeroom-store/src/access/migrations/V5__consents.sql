-- Districts that an application of another one may read, each by its own will;
-- and whether the own district has withdrawn its.

CREATE TABLE consent (
    client_id  TEXT   NOT NULL REFERENCES app (client_id) ON DELETE CASCADE,
    tenant     TEXT   NOT NULL,
    scopes     TEXT   NOT NULL,
    tombstones TEXT   NOT NULL,
    bounds     TEXT   NOT NULL,
    cover      TEXT   NOT NULL,
    since      BIGINT NOT NULL,
    withdrawn  BIGINT,
    PRIMARY KEY (client_id, tenant)
);
CREATE INDEX consent_tenant ON consent (tenant);

ALTER TABLE app ADD COLUMN withdrawn BIGINT;
