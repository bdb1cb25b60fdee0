-- Who has, or had last, the turn of something that one process does at a time:
-- a number that grows with each that takes it. Whoever writes under a turn holds
-- its row; a number that is another one by then says that the turn was lost.
CREATE TABLE turns (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    number bigint NOT NULL
);
