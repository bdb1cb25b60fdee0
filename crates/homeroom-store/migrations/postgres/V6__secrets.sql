-- Any number of secrets of an application, each with an end of its own.
-- `sealed` is the secret itself, for an application that signs its requests
-- (OAuth 1.0a): hexadecimal digits, sealed under the installation key.

CREATE TABLE secret (
  client_id text COLLATE "C" NOT NULL REFERENCES app (client_id) ON DELETE CASCADE,
  hash text COLLATE "C" NOT NULL,
  sealed text COLLATE "C",
  created bigint NOT NULL,
  expires bigint,
  PRIMARY KEY (client_id, hash)
);
INSERT INTO secret (client_id, hash, created) SELECT client_id, secret, created FROM app;
ALTER TABLE app DROP COLUMN secret;

ALTER TABLE app ADD COLUMN signs bigint NOT NULL DEFAULT 0;
-- Requests a second; without it, the server's own limit.
ALTER TABLE app ADD COLUMN rate bigint;

-- Which signed requests were taken, by whichever node: none is taken twice.
CREATE TABLE nonce (
  client_id text COLLATE "C" NOT NULL REFERENCES app (client_id) ON DELETE CASCADE,
  second bigint NOT NULL,
  nonce text COLLATE "C" NOT NULL,
  PRIMARY KEY (client_id, second, nonce)
);
CREATE INDEX nonce_second ON nonce (second);

-- Who else vouches for callers (OpenID Connect), and as which application
-- they call.
CREATE TABLE issuer (
  tenant text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  url text COLLATE "C" NOT NULL,
  audience text COLLATE "C" NOT NULL,
  client_id text COLLATE "C" NOT NULL REFERENCES app (client_id) ON DELETE CASCADE,
  user_claim text COLLATE "C",
  user_member text COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  PRIMARY KEY (tenant, name)
);
