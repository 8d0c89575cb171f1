-- Every department that is invited through its mandate, the meeting's own among them: a mandate recorded looks again at all of these meetings.
alter table meetings add column departments text[] not null default '{}';
update meetings set departments = (
    select coalesce(array_agg(distinct code), '{}') from (
        select department as code where department is not null
        union all
        select who->>'department' from jsonb_array_elements(message->'invited') as who where who->>'department' is not null
    ) as named
);
create index meetings_departments on meetings using gin (departments);

-- A name for what the mail shows of the meeting: one who is invited later is no reason to write again to those who were before.
alter table deliveries add column says text;
