-- The work list of records that no retry would help; the records themselves also travel to <topic>.<reader>.dead through the outbox.
create table dead_letters (
    id uuid primary key,
    reader text not null,
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    key bytea,
    value bytea,
    headers bytea not null,
    reason text not null,
    traceparent text,
    dead_at timestamptz not null default now(),
    state text not null default 'open' check (state in ('open', 'replay', 'replayed', 'discarded')),
    handled_at timestamptz,
    note text,
    unique (reader, topic, partition, record_offset)
);
create index dead_letters_open on dead_letters (reader, topic, dead_at) where state in ('open', 'replay');
