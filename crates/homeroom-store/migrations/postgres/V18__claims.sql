-- What each source says of a record that several send: the row stands for what
-- comes of all of it. Records of one source have nothing here.
CREATE TABLE claims (
  tenant bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  rid bigint NOT NULL,
  source bigint NOT NULL,
  -- The identifier under which the source sends it.
  name text COLLATE "C" NOT NULL,
  modified bigint,
  packed bytea NOT NULL,
  -- Who owned the record before this came, or went.
  was bigint NOT NULL,
  -- When it came, and when it went; 0 if the roster stayed as it was.
  published bigint NOT NULL,
  until bigint
);
CREATE INDEX claims_row ON claims (tenant, kind, rid);
CREATE INDEX claims_published ON claims (tenant, published);
CREATE INDEX claims_until ON claims (tenant, until) WHERE until IS NOT NULL;

-- People of two identifiers: records of the old one are of the new one.
CREATE TABLE merges (
  tenant bigint NOT NULL,
  old text COLLATE "C" NOT NULL,
  new text COLLATE "C" NOT NULL,
  -- By which type the old identifier stands among those of the person.
  label text COLLATE "C" NOT NULL,
  published bigint NOT NULL,
  until bigint
);
CREATE INDEX merges_old ON merges (tenant, old);

-- People who were said to be two, the lesser identifier first.
CREATE TABLE apart (
  tenant bigint NOT NULL,
  one text COLLATE "C" NOT NULL,
  other text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, one, other)
);
