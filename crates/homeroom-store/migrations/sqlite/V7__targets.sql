-- Where the roster is carried to: how, with which secret, and when last.
CREATE TABLE targets (
  name TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  settings TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created INTEGER NOT NULL,
  pushed INTEGER
) WITHOUT ROWID;

-- What was made there, or taken over: by what it is called here, with its
-- number there and a digest of what was sent last.
CREATE TABLE ledger (
  target TEXT NOT NULL,
  kind INTEGER NOT NULL,
  key TEXT NOT NULL,
  number INTEGER NOT NULL,
  state INTEGER NOT NULL,
  digest INTEGER NOT NULL,
  parts BLOB NOT NULL,
  PRIMARY KEY (target, kind, key)
) WITHOUT ROWID;
