-- Framework agreements: by nature (DECP v1.5) or by technique (v2). What was recorded before has its nature alone; ingest announces the rest when a
-- file that says techniques is imported.
alter table contracts add column framework boolean;
update contracts set framework = nature ~* 'accords?.?cadre' and nature !~* 'subs.{1,2}quent' where nature is not null;
