-- What the whole catalogue asks of a contract and of a line beyond the first nine indicators.
alter table contracts
    add column commune text,
    add column nature text,
    add column duration_months integer,
    add column social text[] not null default '{}',
    add column holders text[] not null default '{}',        -- SIRETs, by the procurement data
    add column facilitator_id uuid,
    add column buyer_name text,
    add column procured boolean not null default false,     -- is in the procurement data
    add column criterion_weight numeric,                    -- percent
    add column hours_all_workers integer,                   -- of the whole operation, everybody's
    add column proximity_management boolean not null default false;
alter table facts add column left_for text;                 -- how the person left (vocabulary of exits)

-- The topic is compacted: reading it again from the start fills the new columns. The numbers of batches go on, so replicas follow.
update contracts set revision = 0;
update offsets set next_offset = 0 where reader = 'indicators' and topic = 'contracts';

-- « Rien à déclarer »: a contract and a period of which somebody said that there are no hours.
create table nothing_declared (
    contract_uid uuid not null,
    declarant_id uuid not null,
    period_start date not null,
    period_months smallint not null,
    primary key (contract_uid, period_start, period_months, declarant_id)
);

-- Values that formulas take, each from a day on; what is not here is in catalogue/parameters.py.
create table parameters (
    name text not null,
    valid_from date not null,
    value numeric not null,
    source text not null,
    set_by text not null,
    set_at timestamptz not null default now(),
    primary key (name, valid_from)
);

-- Questions about what is not the caller's, and orders that change what figures mean. Written, never changed.
create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    caller text not null,
    action text not null,
    about text not null
);
create index audit_at on audit (at);
