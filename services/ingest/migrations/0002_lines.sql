-- Hours as declared: for each line the stack of its values, and what was last announced of it.

create table line_values (
    line_id uuid not null,
    number text not null,
    filing_revision integer not null,
    accepted bigint not null,
    -- Position in the filing, as its author counts.
    line integer not null,
    contract_uid uuid not null,
    period_start date not null,
    period_months smallint not null,
    -- Department of work that counts: what was declared, or where the contract has moved to since.
    department text not null,
    centihours bigint not null,
    -- 3 facilitator, 2 buyer, 1 company (practice ruling 2).
    rank smallint not null,
    -- The value as declared: JSON in the fields of HoursDeclared. Text, since nothing here looks into it and jsonb would cost twice.
    content text not null,
    primary key (number, filing_revision, line_id)
);
create index line_values_stack on line_values (line_id, accepted desc);

create table lines (
    line_id uuid primary key,
    -- Revision of the last announcement on `hours`; 0 before the first.
    revision integer not null default 0,
    contract_uid uuid not null,
    period_start date not null,
    period_months smallint not null,
    -- The value that stands on top of the stack; null when every filing with this line was withdrawn.
    number text,
    filing_revision integer,
    -- The source of that value; 0 without one.
    rank smallint not null,
    -- Whether that value counts. False with a value: another source is the reference (« rapprochement »).
    announced boolean not null default false
) with (fillfactor = 80);
create index lines_of_period on lines (contract_uid, period_start, period_months) where rank > 0;

-- Which source counts for a contract and period: the highest rank that any filing not withdrawn holds there; 0 for none.
-- Filings of that rank share the row's lock; whoever may change the rank takes it alone.
create table source_periods (
    contract_uid uuid not null,
    period_start date not null,
    period_months smallint not null,
    rank smallint not null,
    primary key (contract_uid, period_start, period_months)
);
