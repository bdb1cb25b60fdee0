-- The version of the roster that a view was made from: what was seen is known
-- from then on.
ALTER TABLE views ADD COLUMN since INTEGER;
