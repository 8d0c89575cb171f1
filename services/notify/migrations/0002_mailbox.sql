-- The mail server of a local run: every mail as it was handed over, one row a recipient. Empty wherever a real server is configured.
create table mailbox (
    id uuid primary key,
    received_at timestamptz not null,
    sender text not null,
    recipient text not null,
    subject text not null,
    -- business numbers and meeting ids that the mail is about; a digest has several
    about text[] not null,
    message_id text,
    raw bytea not null
);
create index mailbox_recipient on mailbox (lower(recipient), received_at desc);
create index mailbox_about on mailbox using gin (about);
create index mailbox_received on mailbox (received_at desc);
