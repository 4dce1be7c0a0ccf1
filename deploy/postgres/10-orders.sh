#!/bin/bash
# Runs once, when the server's folder is empty: a role for each service, two databases, their tables.
set -euo pipefail

ask() { psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" "$@"; }

role() { ask --dbname=postgres --set=name="$1" --set=password="$2" <<<"CREATE ROLE :\"name\" LOGIN PASSWORD :'password'"; }
role shop_app "$SHOP_APP_PASSWORD"
role crm_app "$CRM_APP_PASSWORD"
role mes_app "$MES_APP_PASSWORD"
role monitor_ro "$MONITOR_RO_PASSWORD"

for database in shop mes; do
  ask --dbname=postgres --set=name="$database" <<<'CREATE DATABASE :"name"'
  ask --dbname=postgres --set=name="$database" <<<'REVOKE ALL ON DATABASE :"name" FROM PUBLIC'
  for script in "$database" order-history; do ask --dbname="$database" --file="${ORDERS_SQL:-/orders}/$script.sql"; done
done
ask --dbname=postgres <<<'GRANT CONNECT ON DATABASE shop TO shop_app, crm_app, monitor_ro'
ask --dbname=postgres <<<'GRANT CONNECT ON DATABASE mes TO mes_app, monitor_ro'
