-- Who may ask. Instants are milliseconds since 1970, hashes are lower-case
-- hexadecimal. Client ids and tokens are random, so they are keys by
-- themselves; a token tells its tenant only by the application it is of.

CREATE TABLE installation (
  name text COLLATE "C" PRIMARY KEY,
  value text COLLATE "C" NOT NULL
);

CREATE TABLE app (
  client_id text COLLATE "C" PRIMARY KEY,
  tenant text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  secret text COLLATE "C" NOT NULL,
  scopes text COLLATE "C" NOT NULL,
  tombstones text COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  disabled bigint,
  UNIQUE (tenant, name)
);

CREATE TABLE token (
  hash text COLLATE "C" PRIMARY KEY,
  client_id text COLLATE "C" NOT NULL REFERENCES app (client_id) ON DELETE CASCADE,
  scopes text COLLATE "C" NOT NULL,
  issued bigint NOT NULL,
  expires bigint NOT NULL
);
CREATE INDEX token_client_id ON token (client_id);
CREATE INDEX token_expires ON token (expires);

CREATE TABLE audit (
  at bigint NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  who text COLLATE "C" NOT NULL,
  action text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  detail text NOT NULL
);
CREATE INDEX audit_at ON audit (tenant, at);
