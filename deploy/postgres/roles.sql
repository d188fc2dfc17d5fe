-- The four roles of a Countersign database. Run once per cluster as a superuser; running it again changes nothing.
--
--   countersign_migrate  owns the schemas and runs migrations; no service connects as it
--   countersign_ledger   the sequencer, checkpointer, feed, relay, projections and jobs: inserts entries, works across organisations
--   countersign_app      requests: row-level security on the setting countersign.org
--   countersign_lookup   cannot log in; owns the look-ups that come before an organisation is known

do $$
begin
    if not exists (select from pg_roles where rolname = 'countersign_migrate') then
        create role countersign_migrate login;
    end if;
    if not exists (select from pg_roles where rolname = 'countersign_ledger') then
        create role countersign_ledger login;
    end if;
    if not exists (select from pg_roles where rolname = 'countersign_app') then
        create role countersign_app login;
    end if;
    if not exists (select from pg_roles where rolname = 'countersign_lookup') then
        create role countersign_lookup nologin;
    end if;
end
$$;

grant countersign_lookup to countersign_migrate;

-- An acknowledgement is a durable commit, and no statement or forgotten transaction may hold the head of a log for long.
alter role countersign_ledger set synchronous_commit = on;
alter role countersign_ledger set statement_timeout = '30s';
alter role countersign_ledger set lock_timeout = '10s';
alter role countersign_ledger set idle_in_transaction_session_timeout = '10s';
alter role countersign_app set synchronous_commit = on;
alter role countersign_app set statement_timeout = '5s';
alter role countersign_app set lock_timeout = '2s';
alter role countersign_app set idle_in_transaction_session_timeout = '10s';
alter role countersign_migrate set lock_timeout = '5s';
