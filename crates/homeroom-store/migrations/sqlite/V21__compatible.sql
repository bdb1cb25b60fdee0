-- The oldest program that can use these tables, by the number of the last
-- migration that it knows. A migration that takes away or changes what such a
-- program uses sets it to its own number; one that only adds leaves it alone.
CREATE TABLE compatible (since INTEGER NOT NULL);
INSERT INTO compatible (since) VALUES (21);
