-- How far a target has come: when its schedule was heeded, and what the last push came to.
ALTER TABLE targets ADD COLUMN state text NOT NULL DEFAULT '{}';
