-- An import that fails for a reason of the server's is tried again a bounded number of times, and says so.

alter table imports
    -- How often it was begun since it was asked for, or since somebody asked to try again.
    add column tries integer not null default 0,
    -- Not before: what it waits for after a failure.
    add column next_try_at timestamptz,
    -- Until when the file of a failed import stays, so that it can be tried again without sending it.
    add column kept_until timestamptz;
