#!/bin/bash
# Patroni runs this once, on the first primary: the database of the lottery, and who owns it.
# usage: make-database.sh CONNECTION   (of the superuser); STORE_PASSWORD_FILE: the owner's password
set -euo pipefail
# psql reads the password itself, so that no list of processes shows it.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "$1" <<'SQL'
\set password `head -n 1 "$STORE_PASSWORD_FILE"`
create role loteria login password :'password';
create database loteria owner loteria;
revoke all on database loteria from public;
SQL
