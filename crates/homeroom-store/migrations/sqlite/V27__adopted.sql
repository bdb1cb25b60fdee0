-- What a thing at a target was like before it was taken over.
ALTER TABLE ledger ADD COLUMN before TEXT;
