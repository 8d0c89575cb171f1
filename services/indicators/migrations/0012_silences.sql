-- Structures that were told to be silent, each once for a department and quarter.
create table silences (
    organisation_id uuid not null,
    department text not null,
    quarter date not null,
    contracts integer not null,
    noticed_at timestamptz not null,
    primary key (organisation_id, department, quarter)
);
