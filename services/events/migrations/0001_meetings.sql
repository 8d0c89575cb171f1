-- A meeting's present state; every change of it is kept in meeting_history.
create table meetings (
    meeting_id uuid primary key,
    revision integer not null,
    sequence integer not null,
    state text not null check (state in ('planned', 'cancelled')),
    kind text not null,
    title text not null,
    theme text,
    department text,
    starts_at timestamp not null,
    ends_at timestamp not null,
    zone text not null,
    place text not null,
    access text,
    reason text,
    created_by text not null,
    created_at timestamptz not null default now(),
    check (starts_at < ends_at)
);
create index meetings_by_start on meetings (starts_at, meeting_id);

create table meeting_history (
    meeting_id uuid not null references meetings,
    revision integer not null,
    at timestamptz not null,
    by text not null,
    change text not null,
    state jsonb not null,
    primary key (meeting_id, revision)
);

-- next_place is drawn under this row's lock: the waiting list is first come, first served.
create table sessions (
    session_id uuid primary key,
    meeting_id uuid not null references meetings,
    rank integer not null,
    name text not null,
    kind text not null,
    capacity integer check (capacity > 0),
    next_place bigint not null default 1
);
create index sessions_of_meeting on sessions (meeting_id, rank);

create table registrations (
    registration_id uuid primary key,
    session_id uuid not null references sessions,
    place bigint not null,
    revision integer not null,
    state text not null check (state in ('confirmed', 'waitlisted', 'offered', 'cancelled')),
    name text not null,
    email text not null,
    organisation text not null,
    role text not null,
    offered_until timestamptz,
    reason text,
    registered_at timestamptz not null,
    changed_at timestamptz not null,
    unique (session_id, place),
    check ((state = 'offered') = (offered_until is not null))
);
create index registrations_of_session on registrations (session_id, state, place);
create unique index registrations_once on registrations (session_id, lower(email)) where state <> 'cancelled';
create index registrations_offered on registrations (offered_until) where state = 'offered';
