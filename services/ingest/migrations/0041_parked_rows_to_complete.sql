-- « À compléter » : what became of a row set aside: sent in another filing, or dropped for a reason. Null while it waits.
alter table parked_lines add column completed_in text;
alter table parked_lines add column dropped_for text;
alter table parked_lines add column ended_at timestamptz;
alter table parked_lines add column ended_by text;
create index parked_lines_waiting on parked_lines (number, revision) where ended_at is null;
