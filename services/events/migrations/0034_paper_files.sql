-- A support may be a file. Who sees it: the network, those who take part, everybody. What was removed stays in the list, without its content.
alter table meeting_links rename to meeting_papers;
alter table meeting_papers rename column link_id to paper_id;
alter table meeting_papers alter column url drop not null;
alter table meeting_papers add column audience text not null default 'NETWORK';
update meeting_papers set audience = 'PUBLIC' where published;
alter table meeting_papers drop column published;
alter table meeting_papers
    add column file_name text,
    add column media_type text,
    add column size integer,
    add column sha256 text,
    add column removed_at timestamptz,
    add column removed_by text,
    add constraint meeting_papers_either check ((url is null) <> (file_name is null)),
    add constraint meeting_papers_audience check (audience in ('NETWORK', 'PARTICIPANTS', 'PUBLIC'));

create table meeting_paper_contents (
    paper_id uuid primary key references meeting_papers,
    content bytea not null
);
alter table meeting_paper_contents alter column content set storage external;
