#!/bin/bash
# Patroni runs this once, on the first primary: the database of the lottery, who owns it, and whom the centrals are there.
# usage: make-database.sh CONNECTION   (of the superuser); OWNER_PASSWORD_FILE, STORE_PASSWORD_FILE: passwords of the two
set -euo pipefail
# psql reads the passwords itself, so that no list of processes shows them.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "$1" <<'SQL'
\set owner_password `head -n 1 "$OWNER_PASSWORD_FILE"`
\set store_password `head -n 1 "$STORE_PASSWORD_FILE"`
create role owner login password :'owner_password';
create role loteria login password :'store_password';
create database loteria owner owner;
revoke all on database loteria from public;
grant connect on database loteria to loteria;
SQL
