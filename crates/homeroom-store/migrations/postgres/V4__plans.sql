-- What is kept of a run beside its counts: what it did, what it was asked,
-- when each step was, who said yes, and what it meant for each school.
ALTER TABLE runs
  ADD COLUMN deed text COLLATE "C" NOT NULL DEFAULT 'import',
  ADD COLUMN undoes bigint,
  ADD COLUMN planned bigint,
  ADD COLUMN approved bigint,
  ADD COLUMN approver text,
  ADD COLUMN dated bigint,
  ADD COLUMN guards text NOT NULL DEFAULT '[]',
  ADD COLUMN request text NOT NULL DEFAULT '{}',
  ADD COLUMN schools text NOT NULL DEFAULT '{}',
  ADD COLUMN changes text COLLATE "C";
CREATE INDEX runs_published ON runs (tenant, published);

-- What a district has set, where it is not as usual.
CREATE TABLE settings (
  tenant bigint NOT NULL,
  scope text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  value text NOT NULL,
  PRIMARY KEY (tenant, scope, key)
);

-- The package and the findings of a run, in pieces.
CREATE TABLE run_files (
  tenant bigint NOT NULL,
  run bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  part bigint NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (tenant, run, name, part)
);
