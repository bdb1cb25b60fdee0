-- Districts of which applications are given nothing for now.

CREATE TABLE suspended (
  tenant text COLLATE "C" PRIMARY KEY,
  since bigint NOT NULL
);
