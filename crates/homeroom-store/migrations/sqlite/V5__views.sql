-- Views of the roster by the bounds of a grant; numbers are never given again.
-- `day` is the day that the rows were computed for, if they depend on it;
-- `published` the last version that was made by the view alone; pulls of
-- versions before `revised` saw other bounds.
CREATE TABLE views (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  bounds TEXT NOT NULL,
  day INTEGER,
  published INTEGER NOT NULL,
  revised INTEGER NOT NULL
);

-- What is visible in a view, by the kind's place in the model: 0 visible,
-- 1 deleted in the roster, 2 no longer visible. `published` is the last change
-- that the view shows; `content` the instant of the record that is shown; where
-- something is left out of it, `packed` and `cells` are what is left.
CREATE TABLE visible (
  view INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  rid INTEGER NOT NULL,
  status INTEGER NOT NULL,
  published INTEGER NOT NULL,
  content INTEGER NOT NULL,
  cells TEXT,
  packed BLOB,
  PRIMARY KEY (view, kind, rid)
) WITHOUT ROWID;
CREATE INDEX visible_published ON visible (view, kind, published, rid);

-- The same of earlier versions, with the instant that replaced them.
CREATE TABLE visible_history (
  view INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  rid INTEGER NOT NULL,
  status INTEGER NOT NULL,
  published INTEGER NOT NULL,
  content INTEGER NOT NULL,
  cells TEXT,
  packed BLOB,
  until INTEGER NOT NULL
);
CREATE INDEX visible_history_rid ON visible_history (view, kind, rid);
CREATE INDEX visible_history_until ON visible_history (until);

-- How many records of a kind are visible, and of how many of them only what is
-- left has no 1.1 form.
CREATE TABLE view_counts (
  view INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  live INTEGER NOT NULL,
  only1p2 INTEGER NOT NULL,
  PRIMARY KEY (view, kind)
) WITHOUT ROWID;
