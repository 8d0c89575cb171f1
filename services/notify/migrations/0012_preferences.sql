alter table preferences drop constraint preferences_frequency_check;
alter table preferences add constraint preferences_frequency_check check (frequency in ('immediate', 'daily', 'weekly', 'never'));

-- When a person wants to be left in peace, and who reads in the person's place during an absence.
create table habits (
    person_id text primary key,
    quiet_from time,
    quiet_to time,
    quiet_weekends boolean not null default false,
    delegate_id text,
    absent_from date,
    -- the last day of the absence
    absent_until date,
    check ((quiet_from is null) = (quiet_to is null)),
    check ((delegate_id is null) = (absent_until is null))
);
create index habits_delegate on habits (delegate_id) where delegate_id is not null;

-- What the message is about, as preferences name it: decides into which digest an inbox item goes.
alter table deliveries add column subject text;
-- Somebody absent in whose place the recipient was written to.
alter table deliveries add column instead_of text;
-- « Plus tard »: the item comes back on this Europe/Paris day. « Suivi »: kept in sight.
alter table deliveries add column later_until date;
alter table deliveries add column followed boolean not null default false;

-- Who came, as ticked at the door. The letter afterwards is written once for each person, whatever the number of seats.
create table attendance (
    registration_id uuid primary key,
    meeting_id uuid not null,
    revision integer not null,
    present boolean not null,
    name text,
    email text,
    survey_page text,
    material_page text,
    pending boolean not null default true
);
create index attendance_pending on attendance (meeting_id) where pending;
