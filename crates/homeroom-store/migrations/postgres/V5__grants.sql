-- What an application may see: the records, and what of them, as JSON.

ALTER TABLE app ADD COLUMN bounds text COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE app ADD COLUMN cover text COLLATE "C" NOT NULL DEFAULT '{}';
