-- The public meetings that a department's page announces, newest revision only. A cancelled one stays, so that a late revision never revives it.
create table agenda (
    meeting_id uuid primary key,
    revision integer not null,
    cancelled boolean not null,
    kind text not null,
    title text not null,
    department text,                                -- null: for the whole region
    starts_at timestamp not null,                   -- wall clock of `zone`
    ends_at timestamp not null,
    zone text not null,
    place text not null,
    page text not null
);
create index agenda_by_department on agenda (department, ends_at) where not cancelled;
