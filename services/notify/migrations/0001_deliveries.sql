-- Who is told what, when, by which channel, in which state. One row a message to one recipient; `dedupe` makes a second telling impossible.
create table deliveries (
    delivery_id uuid primary key,
    -- order in which the rows of a thread leave
    ordinal bigint generated always as identity,
    dedupe text not null unique,
    channel text not null check (channel in ('inbox', 'mail')),
    kind text not null,
    about text not null,
    department text,
    -- revision of the filing or meeting that it tells of
    revision integer not null default 0,
    -- of the calendar part: REQUEST, CANCEL, PUBLISH
    method text,
    -- mails of one thread leave one after the other: a cancellation never overtakes its invitation
    thread text,
    -- a person of the directory, a registration, or 'team'
    recipient_id text not null,
    recipient_name text not null default '',
    address text,
    mandate_id uuid,
    -- the Europe/Paris day whose mandate decides; null where the recipient is fixed
    mandate_day date,
    title text not null,
    content jsonb not null default '{}',
    state text not null check (state in ('waiting', 'sending', 'unknown', 'sent', 'bounced', 'abandoned')),
    attempts integer not null default 0,
    -- how many times the recipient's side may have taken it
    copies integer not null default 0,
    not_before timestamptz not null,
    lease_until timestamptz,
    message_id text unique,
    -- written once, so that a copy is the same to the byte
    raw bytea,
    -- opens the answer page or ends the digest, without an account
    secret text unique,
    reason text,
    traceparent text,
    created_at timestamptz not null,
    settled_at timestamptz,
    -- inbox only: who dealt with it, and what became of it in the digest
    done_at timestamptz,
    done_by text,
    digest text check (digest in ('pending', 'taken', 'unwanted'))
);
create index deliveries_due on deliveries (not_before) where channel = 'mail' and state in ('waiting', 'sending', 'unknown');
create index deliveries_thread on deliveries (thread, ordinal) where thread is not null;
create index deliveries_inbox on deliveries (department, created_at desc) where channel = 'inbox';
create index deliveries_team on deliveries (created_at desc) where channel = 'inbox' and recipient_id = 'team';
create index deliveries_about on deliveries (about);
create index deliveries_digest on deliveries (department) where digest = 'pending';

-- A filing's revision as two services tell of it. The coordination is told when both halves are here, whichever came last.
create table filings (
    declaration_id text not null,
    revision integer not null,
    declared_type text,
    declared jsonb,
    counted jsonb,
    traceparent text,
    primary key (declaration_id, revision)
);

-- The last known state of each meeting; its row lock is taken before anything about its mails is decided.
create table meetings (
    meeting_id uuid primary key,
    revision integer not null,
    type text not null,
    message jsonb not null,
    department text,
    ends_at timestamptz not null,
    traceparent text
);
create index meetings_department on meetings (department, ends_at);

-- The last known state of each registration; contact fields are the person's own.
create table registrations (
    registration_id uuid primary key,
    meeting_id uuid not null,
    revision integer not null,
    type text not null,
    message jsonb not null
);
create index registrations_meeting on registrations (meeting_id);

-- What somebody answered to an invitation. An answer to an earlier revision no longer holds.
create table answers (
    meeting_id uuid not null,
    recipient_id text not null,
    revision integer not null,
    answer text not null check (answer in ('oui', 'non', 'autre')),
    answered_at timestamptz not null,
    primary key (meeting_id, recipient_id)
);

create table preferences (
    person_id text not null,
    subject text not null,
    frequency text not null check (frequency in ('immediate', 'daily', 'never')),
    primary key (person_id, subject)
);
