-- Districts; the roster of each is apart from every other one's. Their sources
-- and runs are numbered from 1 each; here stand the last numbers given, never
-- to be given again.
CREATE TABLE tenants (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  sources bigint NOT NULL DEFAULT 0,
  runs bigint NOT NULL DEFAULT 0
);

-- The instant of the last committed change of each; none before the first.
-- Who writes holds this row, so that instants are committed in their order.
CREATE TABLE state (
  tenant bigint PRIMARY KEY,
  published bigint NOT NULL DEFAULT 0
);

-- Records of each kind: live, marked tobedeleted, and live without a 1.1 form.
CREATE TABLE counts (
  tenant bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  live bigint NOT NULL DEFAULT 0,
  dead bigint NOT NULL DEFAULT 0,
  only1p2 bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, kind)
);

-- Where records come from; every record has one owner.
CREATE TABLE sources (
  tenant bigint NOT NULL,
  id bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, name)
);

-- Every intake of a package, as long as the tenant's retention says.
CREATE TABLE runs (
  tenant bigint NOT NULL,
  id bigint NOT NULL,
  source bigint NOT NULL,
  state text COLLATE "C" NOT NULL,
  reason text,
  package text NOT NULL,
  digest text COLLATE "C" NOT NULL,
  oneroster text COLLATE "C" NOT NULL,
  started bigint NOT NULL,
  finished bigint,
  published bigint,
  plan text NOT NULL,
  findings text NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, source) REFERENCES sources (tenant, id)
);

-- Records added by a run, as ranges of row ids: what an undo removes.
CREATE TABLE added (
  tenant bigint NOT NULL,
  published bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  first bigint NOT NULL,
  last bigint NOT NULL,
  PRIMARY KEY (tenant, published, kind, first)
);
