-- The instant of the last committed change; none before the first.
CREATE TABLE state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  published INTEGER NOT NULL
);
INSERT INTO state (id, published) VALUES (1, 0);

-- Records of each kind: live, marked tobedeleted, and live without a 1.1 form.
CREATE TABLE counts (
  kind TEXT PRIMARY KEY,
  live INTEGER NOT NULL DEFAULT 0,
  dead INTEGER NOT NULL DEFAULT 0,
  only1p2 INTEGER NOT NULL DEFAULT 0
);

-- Where records come from; every record has one owner.
CREATE TABLE sources (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

-- Every intake of a package, as long as the tenant's retention says.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source INTEGER NOT NULL REFERENCES sources (id),
  state TEXT NOT NULL,
  reason TEXT,
  package TEXT NOT NULL,
  digest TEXT NOT NULL,
  oneroster TEXT NOT NULL,
  started INTEGER NOT NULL,
  finished INTEGER,
  published INTEGER,
  plan TEXT NOT NULL,
  findings TEXT NOT NULL
);

-- Records added by a run, as ranges of row ids: what an undo removes.
CREATE TABLE added (
  published INTEGER NOT NULL,
  kind TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (published, kind, first)
) WITHOUT ROWID;
