-- An edition that will not be published: why, when and by whom. It keeps its number, its drafts and what was said of them.
alter table editions drop constraint editions_state_check;
alter table editions add check (state in ('DRAFT', 'REVIEW', 'VALIDATED', 'PUBLISHED', 'ABANDONED'));
alter table editions add column reason text, add column abandoned_at timestamptz, add column abandoned_by text;
alter table editions add check ((state = 'ABANDONED') = (reason is not null));
