-- Where pages ended that were asked for by plain offsets, for whichever node is
-- asked for the next one. Nothing is lost with it but the place of a pull that
-- is under way, so it is not written ahead.
CREATE UNLOGGED TABLE places (
    tenant bigint NOT NULL,
    caller bigint NOT NULL,
    request bigint NOT NULL,
    passed bigint NOT NULL,
    cursor text COLLATE "C" NOT NULL,
    since bigint NOT NULL,
    PRIMARY KEY (tenant, caller, request, passed)
);
CREATE INDEX places_since ON places (tenant, since);
