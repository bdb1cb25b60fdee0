-- Every configuration that was applied as a whole: when, by whom, what it
-- changed, and the document.
CREATE TABLE configurations (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  changes TEXT NOT NULL,
  document TEXT NOT NULL
);
