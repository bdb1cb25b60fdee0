-- Where the records of a source are fetched, and how far that has come.
CREATE TABLE feeds (
  tenant bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  settings text NOT NULL,
  -- Credentials, sealed with the installation key.
  sealed bytea,
  state text NOT NULL,
  created bigint NOT NULL,
  PRIMARY KEY (tenant, name)
);
