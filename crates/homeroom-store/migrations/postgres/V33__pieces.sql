-- The pieces of kept packages are texts of a megabyte, which lz4 packs ten times
-- faster than the server's own way; a server that was built without it keeps that.
DO $$
BEGIN
  EXECUTE 'ALTER TABLE run_files ALTER COLUMN bytes SET COMPRESSION lz4';
EXCEPTION
  WHEN feature_not_supported OR syntax_error OR invalid_parameter_value THEN NULL;
END
$$;
