#!/bin/sh
# Replaces the documented passwords in .env by random ones, and makes a certificate and its key.
set -eu
umask 077

postgres=$(openssl rand -hex 16)
redis=$(openssl rand -hex 16)
session=$(openssl rand -base64 32 | tr '+/' '-_')

set_value() {
    grep -v "^$1=" .env > .env.new || true
    printf '%s=%s\n' "$1" "$2" >> .env.new
    mv .env.new .env
}

user=$(sed -n 's/^POSTGRES_USER=//p' .env)
database=$(sed -n 's/^POSTGRES_DB=//p' .env)
set_value POSTGRES_PASSWORD "$postgres"
set_value DATABASE_URL "postgresql://$user:$postgres@postgres:5432/$database"
set_value REDIS_PASSWORD "$redis"
set_value REDIS_URL "redis://:$redis@redis:6379/0"
set_value SESSION_KEY "$session"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
    -subj /CN=your-domain.com -addext "subjectAltName=DNS:your-domain.com,DNS:localhost,IP:127.0.0.1" \
    -keyout nginx/ssl/key.pem -out nginx/ssl/cert.pem 2> /dev/null
