/** One step from a version of the tables to the next. Never changed once released: a later step mends an earlier one. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/** In the order in which they are applied. */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: 'ledger, runs and evidence',
    sql: `
      create table holder (
        holder uuid primary key,
        leased_until timestamptz not null
      );
      create table ledger (
        key text primary key,
        external_reference text not null unique,
        flow text not null,
        probe text not null,
        run text not null,
        until text,
        slot text,
        entered_at bigint not null,
        place_within_ms double precision not null,
        state text not null check (state in ('entered', 'placing', 'placed', 'finished', 'cleaned')),
        holder uuid not null,
        attempts integer not null default 0,
        attempt uuid,
        order_ids json not null default '[]',
        verdict text,
        revision integer
      );
      create unique index ledger_slot on ledger (probe, slot) where slot is not null;
      create index ledger_open on ledger (entered_at) where state in ('entered', 'placing', 'placed');
      create table run (
        run text primary key,
        probe text not null,
        slot text,
        started_at bigint not null,
        ended_at bigint,
        verdict text,
        revision integer,
        document jsonb
      );
      create index run_started on run (started_at);
      create table evidence (
        seq bigint generated always as identity primary key,
        run text not null,
        fingerprint bytea not null unique,
        line text not null
      );
      create index evidence_run on evidence (run, seq);
    `,
  },
]
