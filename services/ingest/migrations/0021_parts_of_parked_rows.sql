-- A row with months in columns is several lines: each is parked, in the order of its columns.
alter table parked_lines add column part smallint not null default 0;
alter table parked_lines drop constraint parked_lines_pkey;
alter table parked_lines add primary key (number, revision, line, part);
