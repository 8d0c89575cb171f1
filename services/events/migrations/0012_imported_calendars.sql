-- Calendars that people let the planner read: the address, how reading went, and busy times without a word of what they are.
create table imported_calendars (
    calendar_id uuid primary key,
    person_id uuid not null,
    url text not null,
    added_at timestamptz not null,
    checked_at timestamptz not null,
    read_at timestamptz not null,
    next_at timestamptz not null,
    failures integer not null default 0,
    reason text,
    unique (person_id, url)
);
create index calendars_to_read on imported_calendars (next_at);

create table imported_busy (
    calendar_id uuid not null references imported_calendars on delete cascade,
    starts_at timestamp not null,
    ends_at timestamp not null,
    if_needed boolean not null,
    check (starts_at < ends_at)
);
create index busy_of_calendar on imported_busy (calendar_id, starts_at);
