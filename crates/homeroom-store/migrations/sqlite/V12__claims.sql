-- What each source says of a record that several send: the row stands for what
-- comes of all of it. Records of one source have nothing here.
CREATE TABLE claims (
  kind TEXT NOT NULL,
  rid INTEGER NOT NULL,
  source INTEGER NOT NULL,
  -- The identifier under which the source sends it.
  name TEXT NOT NULL,
  modified INTEGER,
  packed BLOB NOT NULL,
  -- Who owned the record before this came, or went.
  was INTEGER NOT NULL,
  -- When it came, and when it went; 0 if the roster stayed as it was.
  published INTEGER NOT NULL,
  until INTEGER
);
CREATE INDEX claims_row ON claims (kind, rid);
CREATE INDEX claims_published ON claims (published);
CREATE INDEX claims_until ON claims (until) WHERE until IS NOT NULL;

-- People of two identifiers: records of the old one are of the new one.
CREATE TABLE merges (
  old TEXT NOT NULL,
  new TEXT NOT NULL,
  -- By which type the old identifier stands among those of the person.
  label TEXT NOT NULL,
  published INTEGER NOT NULL,
  until INTEGER
);
CREATE INDEX merges_old ON merges (old);

-- People who were said to be two, the lesser identifier first.
CREATE TABLE apart (
  one TEXT NOT NULL,
  other TEXT NOT NULL,
  PRIMARY KEY (one, other)
) WITHOUT ROWID;
