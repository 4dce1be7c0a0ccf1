CREATE TABLE orders (
  order_id uuid PRIMARY KEY,
  external_reference text NOT NULL,
  origin text NOT NULL CHECK (origin IN ('shop', 'partner')),
  status text NOT NULL,
  customer_id text NOT NULL,
  synthetic boolean NOT NULL DEFAULT false,
  model_key text NOT NULL,
  model_size bigint NOT NULL,
  model_type text NOT NULL,
  model_sha256 text NOT NULL,
  triangles integer,
  price_cents integer,
  attempts integer NOT NULL DEFAULT 0,
  error text,
  traceparent text,
  baggage text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX orders_unpriced ON orders (created_at) WHERE status = 'SUBMITTED' AND error IS NULL;
GRANT SELECT, INSERT, UPDATE ON orders TO mes_app;
GRANT SELECT ON orders TO monitor_ro;
