-- The person of a value, as tokens: what a person's month sums up to over the contracts and filings of a declarant (V08), and over declarants
-- (V13). An erasure empties them with the rest.
alter table line_values add column person_local uuid, add column person_regional uuid;
update line_values set
    person_local = (content::jsonb #>> '{person,local}')::uuid,
    person_regional = (content::jsonb #>> '{person,regional}')::uuid
where content like '%"person":{%';
create index line_values_of_person on line_values (person_local, period_start) where person_local is not null and period_months = 1;
create index line_values_of_person_anywhere on line_values (person_regional, period_start)
    where person_regional is not null and period_months = 1;

-- Revisions whose persons have not been looked for among other declarants' yet.
alter table filing_revisions add column reconciled boolean not null default false;
create index filing_revisions_to_reconcile on filing_revisions (accepted) where not reconciled;

-- « À rapprocher »: a person's month that counts from several declarants. Told to the coordination, never to a declarant (practice ruling 5).
create table reconciliations (
    reconciliation_id uuid not null unique default gen_random_uuid(),
    person_regional uuid not null,
    period_start date not null,
    -- V13: the same person and month from two declarants; V08: with them more hours than a month holds.
    codes text[] not null,
    centihours bigint not null,
    -- Each declarant's part: organisation, filing's number, line, contract's number, department, centihours.
    parts jsonb not null,
    departments text[] not null,
    found_at timestamptz not null,
    -- What a coordinator said of it; it comes back when a part changes.
    settled_at timestamptz,
    settled_by text,
    primary key (person_regional, period_start)
);
create index reconciliations_of_department on reconciliations using gin (departments);
