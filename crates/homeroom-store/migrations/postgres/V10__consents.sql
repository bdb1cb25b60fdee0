-- Districts that an application of another one may read, each by its own will;
-- and whether the own district has withdrawn its.

CREATE TABLE consent (
  client_id text COLLATE "C" NOT NULL REFERENCES app (client_id) ON DELETE CASCADE,
  tenant text COLLATE "C" NOT NULL,
  scopes text COLLATE "C" NOT NULL,
  tombstones text COLLATE "C" NOT NULL,
  bounds text COLLATE "C" NOT NULL,
  cover text COLLATE "C" NOT NULL,
  since      bigint NOT NULL,
  withdrawn  bigint,
  PRIMARY KEY (client_id, tenant)
);
CREATE INDEX consent_tenant ON consent (tenant);

ALTER TABLE app ADD COLUMN withdrawn bigint;
