-- Where a program wants to hear what comes into a person's inbox. Secrets are kept as they are: signing needs them.
create table webhooks (
    webhook_id uuid primary key,
    person_id text not null,
    -- whose items: the person, and « team » for somebody of the team
    recipients text[] not null,
    url text not null,
    secret text not null,
    -- signs too until former_until, so that a receiver has time to change
    former_secret text,
    former_until timestamptz,
    state text not null check (state in ('active', 'paused', 'stopped')),
    -- why it was stopped, for the person
    reason text,
    created_at timestamptz not null,
    unique (person_id, url)
);
create index webhooks_recipients on webhooks using gin (recipients) where state = 'active';

-- One message to one webhook; its body is written at the first attempt and stays the same in every copy.
create table webhook_calls (
    call_id uuid primary key,
    ordinal bigint generated always as identity,
    webhook_id uuid not null references webhooks on delete cascade,
    -- the inbox item that it tells of; null for a trial
    delivery_id uuid,
    body text,
    state text not null check (state in ('waiting', 'sending', 'sent', 'abandoned')),
    attempts integer not null default 0,
    not_before timestamptz not null,
    lease_until timestamptz,
    -- what the other side answered last
    status integer,
    reason text,
    created_at timestamptz not null,
    settled_at timestamptz,
    unique (webhook_id, delivery_id)
);
create index webhook_calls_open on webhook_calls (webhook_id, not_before) where state in ('waiting', 'sending');
create index webhook_calls_journal on webhook_calls (webhook_id, ordinal desc);
