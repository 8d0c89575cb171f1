-- The deadline of which those who had not answered were reminded.
alter table editions add column reminded_deadline date;
