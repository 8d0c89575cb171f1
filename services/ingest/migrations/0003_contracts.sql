-- Contracts under a surrogate uid. What an import says (`imported`) and what a declarant says (`declared`) are two parts that never
-- overwrite each other; the columns hold the two put together, a declared field first.
create table contracts (
    uid uuid primary key,
    revision integer not null,
    number text not null,
    object text not null,
    buyer_siret text not null,
    buyer_name text,
    buyer_kind text,
    buyer_id uuid,
    department text,
    commune text,
    starts_on date,
    ends_on date,
    notified_on date,
    hours_committed integer,
    facilitator_id uuid,
    holder_sirets text[] not null default '{}',
    imported jsonb,
    declared jsonb,
    -- Buyer or place in region 11: only these are announced on `contracts`.
    in_region boolean not null,
    -- What a search looks in: lower case, no accents.
    words text not null,
    recorded_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);
create index contracts_of_buyer on contracts (buyer_siret, number, uid);
create index contracts_of_facilitator on contracts (facilitator_id) where facilitator_id is not null;
create index contracts_of_holder on contracts using gin (holder_sirets);
create index contracts_by_number on contracts (number, uid);

-- Names under which a buyer knows a contract: `decp` ids of the essential data, `number` as declared. Both may change; the uid does not.
create table contract_aliases (
    buyer_siret text not null,
    kind text not null check (kind in ('decp', 'number')),
    alias text not null,
    contract_uid uuid not null references contracts,
    primary key (buyer_siret, kind, alias)
);
create index contract_aliases_of_contract on contract_aliases (contract_uid);
create index contract_aliases_by_alias on contract_aliases (alias);

-- Every state that a contract has had.
create table contract_revisions (
    contract_uid uuid not null references contracts,
    revision integer not null,
    at timestamptz not null,
    changed_by text not null,
    imported jsonb,
    declared jsonb,
    department text,
    primary key (contract_uid, revision)
);
