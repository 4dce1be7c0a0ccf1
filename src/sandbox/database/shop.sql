CREATE TABLE orders (
  order_id uuid PRIMARY KEY,
  external_reference text NOT NULL,
  origin text NOT NULL CHECK (origin IN ('shop', 'partner')),
  status text NOT NULL,
  customer_id text NOT NULL,
  customer_name text,
  customer_email text,
  customer_phone text,
  item text,
  synthetic boolean NOT NULL DEFAULT false,
  idempotency_key text UNIQUE,
  model_key text,
  model_size bigint,
  model_type text,
  model_sha256 text,
  model_name text,
  price_cents integer,
  traceparent text,
  baggage text,
  taken_at timestamptz,
  announced_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX orders_reference ON orders (external_reference);
CREATE INDEX orders_waiting ON orders (updated_at) WHERE announced_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON orders TO shop_app, crm_app;
-- Support looks at orders, never at a customer's name, e-mail or phone.
GRANT SELECT (order_id, external_reference, origin, status, customer_id, item, synthetic, model_key, model_size, model_type,
  model_sha256, price_cents, taken_at, announced_at, created_at, updated_at) ON orders TO monitor_ro;
