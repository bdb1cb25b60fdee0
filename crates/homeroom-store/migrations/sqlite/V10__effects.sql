-- What was done to the records of a package before they were compared.
ALTER TABLE runs ADD COLUMN effects TEXT NOT NULL DEFAULT '[]';
