-- Views of the roster by the bounds of a grant; numbers are never given again.
-- `day` is the day that the rows were computed for, if they depend on it;
-- `published` the last version that was made by the view alone; pulls of
-- versions before `revised` saw other bounds.
CREATE TABLE views (
  tenant bigint NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  name text COLLATE "C" NOT NULL,
  bounds text COLLATE "C" NOT NULL,
  day bigint,
  published bigint NOT NULL,
  revised bigint NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, name)
);

-- What is visible in a view, by the kind's place in the model: 0 visible,
-- 1 deleted in the roster, 2 no longer visible. `published` is the last change
-- that the view shows; `content` the instant of the record that is shown; where
-- something is left out of it, `packed` and `cells` are what is left.
CREATE TABLE visible (
  tenant bigint NOT NULL,
  view bigint NOT NULL,
  kind bigint NOT NULL,
  rid bigint NOT NULL,
  status bigint NOT NULL,
  published bigint NOT NULL,
  content bigint NOT NULL,
  cells text COLLATE "C",
  packed bytea,
  PRIMARY KEY (tenant, view, kind, rid)
);
CREATE INDEX visible_published ON visible (tenant, view, kind, published, rid);

-- The same of earlier versions, with the instant that replaced them.
CREATE TABLE visible_history (
  tenant bigint NOT NULL,
  view bigint NOT NULL,
  kind bigint NOT NULL,
  rid bigint NOT NULL,
  status bigint NOT NULL,
  published bigint NOT NULL,
  content bigint NOT NULL,
  cells text COLLATE "C",
  packed bytea,
  until bigint NOT NULL
);
CREATE INDEX visible_history_rid ON visible_history (tenant, view, kind, rid);
CREATE INDEX visible_history_until ON visible_history (tenant, until);

-- How many records of a kind are visible, and of how many of them only what is
-- left has no 1.1 form.
CREATE TABLE view_counts (
  tenant bigint NOT NULL,
  view bigint NOT NULL,
  kind bigint NOT NULL,
  live bigint NOT NULL,
  only1p2 bigint NOT NULL,
  PRIMARY KEY (tenant, view, kind)
);
