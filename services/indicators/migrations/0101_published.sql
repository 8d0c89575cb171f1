-- What the public reads. A release is written once, in one transaction, and never changed; the newest is the one shown.
create table published_releases (
    release text primary key,                       -- 2026-3: the third release of 2026 (Europe/Paris)
    seq bigint generated always as identity unique,
    published_at timestamptz not null,
    figures_until date not null,                    -- the first day not covered any more
    cells integer not null,
    hidden integer not null,
    periods text[] not null,
    positions text not null,                        -- the replica's position: which batches are in it
    rules jsonb not null,                           -- the disclosure parameters in force
    fictional boolean not null
);

-- One printed cell. Split codes stand in the order of `split`; a figure without a split has '' three times.
create table published_cells (
    release text not null references published_releases,
    indicator text not null,
    period text not null,
    split text not null,                            -- 'department,public'
    code_1 text not null,
    code_2 text not null,
    value text,                                     -- decimal text; null when hidden or not computable
    status text not null check (status in ('ok', 'secret', 'nc') and (status = 'ok') = (value is not null)),
    primary key (release, indicator, period, split, code_1, code_2)
);

-- Said with every figure of persons: the share that is known by a token joining across declarants.
create table published_shares (
    release text not null references published_releases,
    period text not null,
    joinable_share text not null,
    primary key (release, period)
);

-- The public face reads with a role of its own, which sees these tables and no other.
do $$
begin
    if exists (select from pg_roles where rolname = 'indicators_public') then
        grant usage on schema public to indicators_public;
        grant select on published_releases, published_cells, published_shares to indicators_public;
    end if;
end $$;
