-- The record of who is who. Other services hold a replica of it (registry_*), made from the topic `directory`.
create table organisations (
    organisation_id uuid primary key,
    siret text not null check (siret ~ '^\d{14}$'),
    name text not null check (name <> ''),
    kind text not null,
    department text
);
create unique index organisations_siret on organisations (siret);

create table people (
    person_id uuid primary key,
    first_name text not null,
    name text not null check (name <> ''),
    email text not null check (position('@' in email) > 1),
    phone text,
    organisation_id uuid references organisations,
    roles text[] not null default '{}',
    active boolean not null default true,
    -- the last refusal of a mail to this person, as notify announced it; cleared by the next mail that went through
    mail_refused_at timestamptz,
    mail_refused_reason text
);
-- one account an address: a login link must lead to exactly one person
create unique index people_email on people (lower(email));

-- A range type over text gives the exclusion constraint an equality on departments that needs no extension.
create type department_range as range (subtype = text, collation = "C");

create table mandates (
    mandate_id uuid primary key,
    department text not null,
    structure_id uuid not null references organisations,
    person_id uuid not null references people,
    interim boolean not null default false,
    starts_on date not null,
    ends_on date,
    ends_text text,
    supposed_end date,
    check (ends_on is null or starts_on < ends_on),
    constraint mandates_one_a_day exclude using gist (
        department_range(department, department, '[]') with &&,
        daterange(starts_on, ends_on, '[)') with &&
    ) deferrable initially deferred
);
create index mandates_person on mandates (person_id);

create table api_keys (
    key_id text primary key check (key_id ~ '^[a-z0-9-]{1,40}$'),
    sha256 text not null,
    name text not null,
    organisation_id uuid references organisations,
    person_id uuid references people,
    roles text[] not null,
    departments text[] not null default '{}',
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);

create table signing_keys (
    kid text primary key,
    jwk jsonb not null,
    recorded_at timestamptz not null default now(),
    not_after timestamptz
);

create table sessions (
    session_id uuid primary key,
    person_id uuid not null references people,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index sessions_person on sessions (person_id) where revoked_at is null;

-- A link is known by the hash of its token; the token itself exists only in the mail.
create table login_links (
    sha256 text primary key,
    person_id uuid not null references people,
    next text not null default '/',
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);

-- Every request for a link, known address or not, so that the limit says nothing about who has an account.
create table login_requests (
    address_sha256 text not null,
    at timestamptz not null default now()
);
create index login_requests_address on login_requests (address_sha256, at);

-- What was recorded, by whom, in the order of the commits: append-only.
create table journal (
    seq bigint generated always as identity primary key,
    at timestamptz not null default now(),
    by text not null,
    entity text not null,
    type text not null,
    content jsonb not null
);
create index journal_entity on journal (entity, seq);
