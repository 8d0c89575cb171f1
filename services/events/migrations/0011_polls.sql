-- Dates proposed to people, answered by yes, if needed, no. Locked by the calendar: nothing has to run for a deadline to hold.
create table polls (
    poll_id uuid primary key,
    revision integer not null,
    state text not null check (state in ('open', 'closed')),
    kind text not null,
    title text not null,
    theme text,
    department text,
    place text,
    words text,
    contact text,
    answer_by date not null,
    remind_on date,
    reminded_on date,
    chosen uuid,
    meeting_id uuid references meetings,
    created_by text not null,
    created_at timestamptz not null,
    closed_at timestamptz,
    check (meeting_id is null or chosen is not null)
);
create index polls_by_deadline on polls (state, answer_by);

create table poll_options (
    option_id uuid primary key,
    poll_id uuid not null references polls,
    starts_at timestamp not null,
    ends_at timestamp not null,
    place text,
    withdrawn boolean not null default false,
    check (starts_at < ends_at)
);
create index options_of_poll on poll_options (poll_id, starts_at);

-- Who is asked: a person of the directory, whoever coordinates a department, or an address outside.
create table poll_recipients (
    recipient_id uuid primary key,
    poll_id uuid not null references polls,
    rank integer not null,
    person_id uuid,
    department text,
    email text,
    name text,
    organisation text,
    required boolean not null,
    answered_at timestamptz,
    answered_by uuid,
    to_confirm boolean not null default false,
    comment text,
    check (num_nonnulls(person_id, department, email) = 1)
);
create unique index recipients_once on poll_recipients (poll_id, coalesce(person_id::text, department, lower(email)));
create index recipients_by_department on poll_recipients (department) where department is not null;

create table poll_answers (
    recipient_id uuid not null references poll_recipients on delete cascade,
    option_id uuid not null references poll_options,
    answer text not null check (answer in ('YES', 'IF_NEEDED', 'NO')),
    primary key (recipient_id, option_id)
);

-- Another date that a recipient would rather have; the organiser takes it up or not.
create table poll_proposals (
    proposal_id uuid primary key,
    poll_id uuid not null references polls,
    recipient_id uuid not null references poll_recipients on delete cascade,
    starts_at timestamp not null,
    ends_at timestamp not null,
    state text not null default 'proposed' check (state in ('proposed', 'added', 'declined')),
    proposed_at timestamptz not null,
    unique (poll_id, recipient_id, starts_at, ends_at),
    check (starts_at < ends_at)
);
