-- What is kept of a run beside its counts: what it did, what it was asked,
-- when each step was, who said yes, and what it meant for each school.
ALTER TABLE runs ADD COLUMN deed TEXT NOT NULL DEFAULT 'import';
ALTER TABLE runs ADD COLUMN undoes INTEGER;
ALTER TABLE runs ADD COLUMN planned INTEGER;
ALTER TABLE runs ADD COLUMN approved INTEGER;
ALTER TABLE runs ADD COLUMN approver TEXT;
ALTER TABLE runs ADD COLUMN dated INTEGER;
ALTER TABLE runs ADD COLUMN guards TEXT NOT NULL DEFAULT '[]';
ALTER TABLE runs ADD COLUMN request TEXT NOT NULL DEFAULT '{}';
ALTER TABLE runs ADD COLUMN schools TEXT NOT NULL DEFAULT '{}';
ALTER TABLE runs ADD COLUMN changes TEXT;
CREATE INDEX runs_published ON runs (published);

-- What a district has set, where it is not as usual.
CREATE TABLE settings (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (scope, key)
) WITHOUT ROWID;
