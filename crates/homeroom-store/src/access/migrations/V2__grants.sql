-- What an application may see: the records, and what of them, as JSON.

ALTER TABLE app ADD COLUMN bounds TEXT NOT NULL DEFAULT '{}';
ALTER TABLE app ADD COLUMN cover TEXT NOT NULL DEFAULT '{}';
