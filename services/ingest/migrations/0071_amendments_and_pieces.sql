-- Which of several rows of one contract stands (`precedence`, the highest), and tables that describe a contract in several rows.
-- The rows of a running import are read from its file again.
delete from import_rows;
update imports set state = 'waiting', held_until = null where state = 'running';
alter table import_rows
    drop column published_on,
    add column precedence text collate "C" not null,
    add column piece integer,
    add column changed_on date,
    add column flags text[] not null default '{}';

-- What was wrong in the rows that became contracts: code → rows.
alter table imports add column flags jsonb not null default '{}';

-- The name under which the file was sent.
alter table imports add column source_name text not null default '';
