-- The facts rebuilt from ingest's record, beside those in use. The two tables change places when they were compared.
create table facts_rebuilt (like facts including all)
    with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);

-- One row a replay. `begun` says where the log of changes stood when it was first heard of: lines that moved since are newer than the record.
create table replays (
    replay_id uuid primary key,
    begun jsonb not null,
    begun_at timestamptz not null,
    announced bigint,                       -- of ReplayEnded; null before it came
    rebuilt bigint not null default 0,      -- lines seen, each once
    state text not null default 'running' check (state in ('running', 'switched', 'superseded')),
    ended_at timestamptz,
    outcome jsonb
);

-- The service's role changes rows only. This function belongs to the owner: it gives the rebuilt table the name of the one in use.
create function switch_facts() returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
    lock table facts in access exclusive mode;
    alter table facts rename to facts_before;
    alter table facts_rebuilt rename to facts;
    alter table facts_before rename to facts_rebuilt;
end $$;
create function empty_rebuilt() returns void language sql security definer set search_path = public, pg_temp as 'truncate facts_rebuilt';
revoke all on function switch_facts(), empty_rebuilt() from public;
do $$
begin
    if exists (select from pg_roles where rolname = 'indicators') then
        grant execute on function switch_facts(), empty_rebuilt() to indicators;
    end if;
end $$;
