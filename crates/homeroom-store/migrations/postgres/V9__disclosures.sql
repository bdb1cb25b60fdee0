-- What applications were given. A request is kept once, each answer as a few
-- numbers: the records are found again in the history of the roster.

CREATE TABLE disclosed_request (
  digest bigint PRIMARY KEY,
  tenant text COLLATE "C" NOT NULL,
  app text COLLATE "C" NOT NULL,
  asked text COLLATE "C" NOT NULL
);

CREATE TABLE disclosure (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request bigint NOT NULL,
  at bigint NOT NULL,
  roster bigint NOT NULL,
  skipped bigint NOT NULL,
  given bigint NOT NULL,
  after bigint,
  upto bigint,
  own text COLLATE "C"
);
