-- Every configuration that was applied as a whole: when, by whom, what it
-- changed, and the document.
CREATE TABLE configurations (
  tenant bigint NOT NULL,
  id bigint NOT NULL,
  at bigint NOT NULL,
  who text NOT NULL,
  changes text NOT NULL,
  document text NOT NULL,
  PRIMARY KEY (tenant, id)
);
