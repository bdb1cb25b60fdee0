-- Where the records of a source are fetched, and how far that has come.
CREATE TABLE feeds (
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  settings TEXT NOT NULL,
  -- Credentials, sealed with the installation key.
  sealed BLOB,
  state TEXT NOT NULL,
  created INTEGER NOT NULL
) WITHOUT ROWID;
