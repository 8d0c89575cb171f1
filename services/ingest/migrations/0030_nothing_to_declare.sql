-- « Rien à déclarer »: a declarant says that a contract had no hours in a period. Lines declared later for it speak louder; nothing is deleted.
create table nothing_declared (
    declarant_id uuid not null,
    contract_uid uuid not null,
    period_start date not null,
    period_months smallint not null,
    number text not null,
    declared_by text not null,
    declared_at timestamptz not null,
    primary key (declarant_id, contract_uid, period_start, period_months)
);
