-- The district that a transaction works for, as its first batch says; none
-- otherwise. Policies ask it, so that a statement that forgot the district
-- sees nothing of another one. The policies themselves are put on every table
-- that has the number of a district, by the program that brings tables up to
-- date. A program that does not say its district must not use these tables any
-- more, and by this number refuses to.
CREATE FUNCTION homeroom_tenant() RETURNS bigint
LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('homeroom.tenant', true), '')::bigint $$;
