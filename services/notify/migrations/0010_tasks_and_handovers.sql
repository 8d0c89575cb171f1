-- The recipient is whoever holds the department's mandate on the day the letter leaves.
alter table deliveries add column by_mandate boolean not null default false;
-- When the letter was meant to leave: patience counts from here. Null: at once.
alter table deliveries add column due_at timestamptz;
-- After this instant the letter helps nobody any more.
alter table deliveries add column expires_at timestamptz;

-- The last known state of polls, diagnostics and actions: what a reminder and the summary of a handover are written from.
create table polls (
    poll_id uuid primary key,
    revision integer not null,
    type text not null,
    message jsonb not null,
    remind_on date
);
create index polls_reminders on polls (remind_on) where remind_on is not null;

-- Who has answered; what was answered stays with events.
create table poll_answers (
    poll_id uuid not null,
    recipient text not null,
    to_confirm boolean not null,
    answered_at timestamptz not null,
    primary key (poll_id, recipient)
);

create table diagnostics (
    diagnostic_id uuid primary key,
    revision integer not null,
    type text not null,
    department text not null,
    message jsonb not null
);
create index diagnostics_department on diagnostics (department);

create table actions (
    action_id uuid primary key,
    revision integer not null,
    department text,
    message jsonb not null
);
create index actions_department on actions (department);

-- A mandate that takes over from another, and the summary that is due to its holder.
create table handovers (
    mandate_id uuid primary key,
    department text not null,
    person_id uuid not null,
    due_at timestamptz not null,
    written_at timestamptz
);
create index handovers_due on handovers (due_at) where written_at is null;
