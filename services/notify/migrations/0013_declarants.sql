-- Who was found silent for a quarter: one letter, one reminder, then the coordination decides.
create table silences (
    organisation_id uuid not null,
    department text not null,
    -- the first day of the quarter
    since date not null,
    contracts integer not null,
    noticed_at timestamptz not null,
    told_at timestamptz,
    -- opens the page « ce n'est plus moi », the same for all departments of one letter
    secret text,
    reminded_at timestamptz,
    -- handed to the coordination
    handed_at timestamptz,
    -- something was declared, « rien à déclarer » was said, or the person said to be the wrong one
    closed_at timestamptz,
    primary key (organisation_id, department, since)
);
create index silences_open on silences (noticed_at) where closed_at is null and handed_at is null;

-- When an organisation last declared anything, « rien à déclarer » included.
create table last_filings (
    organisation_id uuid primary key,
    at timestamptz not null
);
