-- The answer given under a client's Idempotency-Key, kept 7 days, written in the transaction of the work itself.
create table idempotency (
    scope text not null,
    route text not null,
    key text not null,
    fingerprint text not null,
    status integer not null,
    headers jsonb not null,
    body bytea not null,
    created_at timestamptz not null default now(),
    primary key (scope, route, key)
);
create index idempotency_created on idempotency (created_at);
