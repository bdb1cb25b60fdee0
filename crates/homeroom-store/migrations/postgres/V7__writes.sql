-- Applications that wrote records: they own them, under numbers beyond those of
-- sources.
CREATE TABLE authors (
  tenant bigint NOT NULL,
  id bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, name)
);

-- The instant of the last write of an application, and that of the last change
-- by anyone else before it: what is not of the gradebook stands as it was then.
ALTER TABLE state ADD COLUMN written bigint NOT NULL DEFAULT 0;
ALTER TABLE state ADD COLUMN base bigint NOT NULL DEFAULT 0;
