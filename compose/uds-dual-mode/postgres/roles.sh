#!/bin/bash
# Run once, on an empty volume: a role and a database for each application.
set -euo pipefail

for name in twentyq turtle_soup hololive llm; do
    psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
        -v role="${name}_app" -v database="$name" -v password="$DB_PASSWORD" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role";
SQL
done
