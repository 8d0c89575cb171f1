-- What is to be published, written in the transaction of the fact that it announces; the relay deletes a row once Kafka has it.
-- seq is drawn after the aggregate's row lock, so per key it is the order of the commits; id is identity only, clocks step back.
create table outbox (
    seq bigint generated always as identity primary key,
    id uuid not null,
    shard smallint not null check (shard between 0 and 15),
    topic text not null,
    key text,
    value bytea,
    type text,
    occurred_at timestamptz not null default now(),
    traceparent text,
    -- a dead letter keeps the original record's headers and key as they came (packed); null for our own messages
    packed bytea,
    created_at timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0, fillfactor = 100);
