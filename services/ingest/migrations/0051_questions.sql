-- A coordinator's question on a filing or one of its lines, and the declarant's answer. Both may be asked again; nothing is changed afterwards.
create table questions (
    question_id uuid primary key,
    number text not null references filings,
    filing_revision integer not null,
    -- Position of the line in the revision; null for a question on the whole filing.
    line integer,
    text text not null,
    asked_by text not null,
    asked_by_name text not null,
    asked_at timestamptz not null,
    answer text,
    answered_by text,
    answered_by_name text,
    answered_at timestamptz
);
create index questions_of_filing on questions (number, asked_at);
create index questions_open on questions (number) where answer is null;
