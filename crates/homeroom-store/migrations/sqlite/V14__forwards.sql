-- What applications wrote of the gradebook, and how far it has come on its way
-- to the home of grades: a row for each record, the last write of it.
CREATE TABLE forwards (
  kind INTEGER NOT NULL,
  id TEXT NOT NULL,
  -- The instant of the write that is to be carried there.
  version INTEGER NOT NULL,
  author TEXT NOT NULL,
  -- Whether the record is deleted.
  gone INTEGER NOT NULL,
  -- 0 waits, 1 is there, 2 was refused.
  state INTEGER NOT NULL,
  -- What is named goes before what names it, and is deleted after it.
  phase INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  -- Not tried again before.
  due INTEGER NOT NULL,
  -- The write that came there last, and when.
  sent INTEGER,
  arrived INTEGER,
  -- When it was tried last, and what was answered.
  tried INTEGER,
  status INTEGER,
  said TEXT,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

CREATE INDEX forwards_by_state ON forwards (state, phase, version);
