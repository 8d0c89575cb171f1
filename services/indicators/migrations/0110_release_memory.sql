-- What a release keeps of itself. Of a figure that could not be brought up to date without speaking of few, the last printed value stays:
-- `since` is the release that it comes from (« non mis à jour »).
alter table published_cells add column since text references published_releases;
alter table published_releases add column not_ready text[] not null default '{}';     -- why it could not be an edition
alter table published_releases add column edition integer unique;                    -- the edition that it is, if it is one

-- What the next release is protected together with: every cell's true value and what of it may not be computed. Not for the public role.
create table release_memory (
    release text not null references published_releases,
    year text not null,
    measure text not null,
    packed bytea not null,                          -- zlib of JSON (release/memory.py)
    primary key (release, year, measure)
);
alter table release_memory alter column packed set storage external;

-- The year's sums by person and employer (hashes of tokens), as they were: who made a change is told from them. Dropped when no release
-- that is still compared needs them.
create table release_atoms (
    release text not null references published_releases,
    year text not null,
    packed bytea not null,                          -- Parquet
    primary key (release, year)
);
alter table release_atoms alter column packed set storage external;

-- A publication that did not happen, and why: what the pages say until one succeeds.
create table release_refusals (
    at timestamptz not null primary key,
    reason text not null,
    details text[] not null default '{}'
);

do $$
begin
    if exists (select from pg_roles where rolname = 'indicators_public') then
        grant select (at, reason) on release_refusals to indicators_public;
    end if;
end $$;
