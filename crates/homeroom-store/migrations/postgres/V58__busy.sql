-- The districts for which something may be done by itself: that have a source or
-- a target; or, of a form of settings, those that have a source set so. Policies
-- show a transaction one district at a time, so it goes from one to the next
-- within the server; asked one by one, a thousand districts that have nothing to
-- be done would keep a server busy.
CREATE FUNCTION homeroom_busy(form text DEFAULT NULL) RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE one record;
BEGIN
    FOR one IN SELECT id, name FROM tenants ORDER BY id LOOP
        PERFORM set_config('homeroom.tenant', one.id::text, true);
        IF EXISTS (SELECT FROM feeds WHERE tenant = one.id AND (form IS NULL OR settings LIKE form))
            OR form IS NULL AND EXISTS (SELECT FROM targets WHERE tenant = one.id)
        THEN
            RETURN NEXT one.name;
        END IF;
    END LOOP;
END $$;
