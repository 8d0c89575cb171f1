-- Who is invited beside the mandate, and what the invitation says.
alter table meetings add column invited jsonb not null default '[]';
alter table meetings add column to_prepare text;
alter table meetings add column answer_by date;
alter table meetings add column contact text;
alter table meetings add column host_siret text;
alter table meetings add column place_to_confirm boolean not null default false;
alter table meetings add column save_the_date boolean not null default false;
alter table meetings add column page text;

-- A session of its own hours within the meeting, and where it meets.
alter table sessions add column starts_at timestamp;
alter table sessions add column ends_at timestamp;
alter table sessions add column place text;
alter table sessions add column travel_minutes integer;
