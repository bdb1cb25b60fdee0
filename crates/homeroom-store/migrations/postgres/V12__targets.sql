-- Where the roster is carried to: how, with which secret, and when last.
CREATE TABLE targets (
  tenant bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  settings text NOT NULL,
  sealed bytea NOT NULL,
  created bigint NOT NULL,
  pushed bigint,
  PRIMARY KEY (tenant, name)
);

-- What was made there, or taken over: by what it is called here, with its
-- number there and a digest of what was sent last.
CREATE TABLE ledger (
  tenant bigint NOT NULL,
  target text COLLATE "C" NOT NULL,
  kind bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  state bigint NOT NULL,
  digest bigint NOT NULL,
  parts bytea NOT NULL,
  PRIMARY KEY (tenant, target, kind, key)
);
