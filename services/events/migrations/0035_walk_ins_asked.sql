-- Somebody who came without having registered gives an address only to be written to again; with it comes a page of the own.
alter table walk_ins alter column email drop not null;
alter table walk_ins add column participant_id uuid references participants;
create unique index walk_ins_unwritten on walk_ins (session_id, lower(name), lower(organisation)) where email is null;
