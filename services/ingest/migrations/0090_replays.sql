-- The record announced again from its beginning, for readers that rebuild what they made of it.
create table replays (
    replay_id uuid primary key,
    ordered_at timestamptz not null,
    ordered_by text not null,
    -- Up to which line the record was announced; null before the first.
    reached uuid,
    count bigint not null default 0,
    ended_at timestamptz
);
