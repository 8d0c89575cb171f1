-- Declarations that their authors are still filling: saved field by field, sealed like waiting files, emptied when sent, gone after 30 days of silence.
create table drafts (
    draft_id uuid primary key,
    declarant_id uuid not null,
    contract_uid uuid not null,
    quarter_start date not null,
    started_by text not null,
    sealed bytea not null,
    created_at timestamptz not null,
    saved_at timestamptz not null,
    -- The filing that it became.
    number text
);
create index drafts_of_declarant on drafts (declarant_id, saved_at desc) where number is null;
create index drafts_by_age on drafts (saved_at);

-- Hours worked by everybody on a contract (the denominator of the ANRU charter), as its declarant knows them; insertion hours are lines.
create table worked_hours (
    declarant_id uuid not null,
    contract_uid uuid not null,
    period_start date not null,
    period_months smallint not null,
    centihours bigint not null check (centihours >= 0),
    declared_by text not null,
    declared_at timestamptz not null,
    primary key (contract_uid, period_start, period_months, declarant_id)
);
