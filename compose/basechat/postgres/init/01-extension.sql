-- The image ships the extension's files; a database has the extension once somebody creates it.
CREATE EXTENSION IF NOT EXISTS vector;
