-- How far each reader has come, moved in the transaction of the effects: this row, not Kafka's commit, is the truth.
create table offsets (
    reader text not null,
    topic text not null,
    partition integer not null,
    next_offset bigint not null,
    batch_no bigint not null default 0,
    updated_at timestamptz not null default now(),
    primary key (reader, topic, partition)
) with (fillfactor = 50);

-- A reader that stopped at its dead-letter limit stays stopped over restarts until an operator resumes it.
create table stopped_readers (
    reader text not null,
    topic text not null,
    stopped_at timestamptz not null default now(),
    reason text not null,
    primary key (reader, topic)
);
