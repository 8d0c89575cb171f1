-- This service's own replica of who is who, kept by reading `directory`.
create table registry_organisations (
    organisation_id uuid primary key,
    siret text not null,
    name text not null,
    kind text not null,
    department text
);
create index registry_organisations_siret on registry_organisations (siret);

create table registry_people (
    person_id uuid primary key,
    first_name text not null,
    name text not null,
    email text not null,
    phone text,
    organisation_id uuid,
    roles text[] not null,
    active boolean not null
);
create index registry_people_email on registry_people (lower(email));

create table registry_mandates (
    mandate_id uuid primary key,
    department text not null,
    structure_id uuid not null,
    structure_siret text not null,
    structure_name text not null,
    person_id uuid not null,
    interim boolean not null,
    starts_on date not null,
    ends_on date,
    ends_text text,
    supposed_end date
);
create index registry_mandates_department on registry_mandates (department, starts_on);
create index registry_mandates_person on registry_mandates (person_id);

create table registry_keys (
    key_id text primary key,
    sha256 text not null,
    name text not null,
    organisation_id uuid,
    person_id uuid,
    roles text[] not null,
    departments text[] not null,
    revoked_at timestamptz,
    recorded_at timestamptz not null
);

create table registry_signing_keys (
    kid text primary key,
    jwk jsonb not null,
    not_after timestamptz
);

create table registry_revoked_sessions (
    session_id uuid primary key,
    expires_at timestamptz not null
);
create index registry_revoked_sessions_expires on registry_revoked_sessions (expires_at);
