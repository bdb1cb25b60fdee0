-- Districts of which applications are given nothing for now.

CREATE TABLE suspended (
    tenant TEXT   NOT NULL PRIMARY KEY,
    since  BIGINT NOT NULL
);
