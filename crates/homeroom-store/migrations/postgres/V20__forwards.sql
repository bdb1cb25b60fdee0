-- What applications wrote of the gradebook, and how far it has come on its way
-- to the home of grades: a row for each record, the last write of it.
CREATE TABLE forwards (
  tenant bigint NOT NULL,
  kind bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  -- The instant of the write that is to be carried there.
  version bigint NOT NULL,
  author text NOT NULL,
  -- Whether the record is deleted.
  gone bigint NOT NULL,
  -- 0 waits, 1 is there, 2 was refused.
  state bigint NOT NULL,
  -- What is named goes before what names it, and is deleted after it.
  phase bigint NOT NULL,
  tries bigint NOT NULL,
  -- Not tried again before.
  due bigint NOT NULL,
  -- The write that came there last, and when.
  sent bigint,
  arrived bigint,
  -- When it was tried last, and what was answered.
  tried bigint,
  status bigint,
  said text,
  PRIMARY KEY (tenant, kind, id)
);

CREATE INDEX forwards_by_state ON forwards (tenant, state, phase, version);
