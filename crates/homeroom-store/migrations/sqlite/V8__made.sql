-- Whether a profile makes members of the records of a view, or once did: its
-- tombstones keep what was shown, and filters ask for that. 4 is the place of
-- people in the model, of whom alone members were made so far.
ALTER TABLE views ADD COLUMN made INTEGER NOT NULL DEFAULT 0;
UPDATE views SET made = 1
  WHERE EXISTS (SELECT 1 FROM visible AS v WHERE v.view = views.id AND v.kind = 4 AND v.cells IS NOT NULL);
