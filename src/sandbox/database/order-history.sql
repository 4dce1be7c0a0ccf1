-- Written by the database itself with the statement that sets a status, so that no program can forget it; nobody may change it afterwards.
CREATE TABLE order_history (
  entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES orders,
  status text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX order_history_order ON order_history (order_id, entry);
CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO order_history (order_id, status, at) VALUES (NEW.order_id, NEW.status, NEW.updated_at);
  RETURN NULL;
END
$$;
CREATE TRIGGER order_created AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION keep_history();
CREATE TRIGGER order_status_changed AFTER UPDATE OF status ON orders FOR EACH ROW
  WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION keep_history();
GRANT SELECT ON order_history TO PUBLIC;
