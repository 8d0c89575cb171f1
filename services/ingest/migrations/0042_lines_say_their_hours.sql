-- What the standing value says, beside the line: a report over an operation's lines, a difference between sources and a form's remainder add up
-- from the index alone, without opening a value. `person` is the regional token, else the local one; an erasure empties it.
alter table lines add column centihours bigint not null default 0, add column person uuid, add column qpv boolean not null default false;
update lines l set centihours = v.centihours, person = coalesce(v.person_regional, v.person_local), qpv = v.content like '%"qpv":true%'
    from line_values v where v.number = l.number and v.filing_revision = l.filing_revision and v.line_id = l.line_id;
drop index lines_of_period;
create index lines_of_period on lines (contract_uid, period_start, period_months)
    include (announced, rank, centihours, person, qpv, number) where rank > 0;
