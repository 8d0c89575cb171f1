-- Contracts as `contracts` tells them: only what « Qui inviter » asks.
create table contracts (
    contract_uid uuid primary key,
    revision integer not null,
    number text not null,
    object text not null,
    buyer_siret text not null,
    buyer_name text,
    buyer_kind text,
    department text,
    cpv text,
    sector text,
    notified_on date,
    duration_months integer,
    ends_on date,
    has_clause boolean not null,
    withdrawn boolean not null default false
);
create index contracts_of_trade on contracts (cpv text_pattern_ops) where not withdrawn;
create index contracts_of_sector on contracts (sector) where not withdrawn;

-- Who is proposed, kept, dropped, invited; one row an organisation and edition.
create table openmap_guests (
    guest_id uuid primary key,
    edition_id uuid not null references openmap_editions,
    source text not null check (source in ('CONTRACTS', 'ESS', 'COORDINATION', 'TEAM', 'IMPORT')),
    organisation text not null,
    siret text,
    name text,
    email text,
    reason text not null,
    department text,
    state text not null check (state in ('proposed', 'kept', 'dropped', 'invited')),
    added_by text not null,
    changed_at timestamptz not null
);
create unique index openmap_guests_once on openmap_guests (edition_id, coalesce(siret, lower(organisation)), coalesce(lower(email), ''));
