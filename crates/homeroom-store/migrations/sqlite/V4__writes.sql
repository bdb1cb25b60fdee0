-- Applications that wrote records: they own them, under numbers beyond those of
-- sources.
CREATE TABLE authors (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

-- The instant of the last write of an application, and that of the last change
-- by anyone else before it: what is not of the gradebook stands as it was then.
ALTER TABLE state ADD COLUMN written INTEGER NOT NULL DEFAULT 0;
ALTER TABLE state ADD COLUMN base INTEGER NOT NULL DEFAULT 0;
