-- The four roles of a Countersign database. Run as a superuser, connected to the database that Countersign will use;
-- running it again changes nothing. Give the three that log in a password or a certificate as your cluster demands.
--
--   countersign_migrate  owns the database and its schemas and runs migrations; no service connects as it
--   countersign_ledger   the sequencer, checkpointer, feed, relay, projections and jobs: inserts entries, works across organisations
--   countersign_app      requests: row-level security on the setting countersign.org
--   countersign_lookup   cannot log in; owns the look-ups that come before an organisation is known

do $$
begin
    if not exists (select from pg_roles where rolname = 'countersign_migrate') then
        create role countersign_migrate;
    end if;
    if not exists (select from pg_roles where rolname = 'countersign_ledger') then
        create role countersign_ledger;
    end if;
    if not exists (select from pg_roles where rolname = 'countersign_app') then
        create role countersign_app;
    end if;
    if not exists (select from pg_roles where rolname = 'countersign_lookup') then
        create role countersign_lookup;
    end if;
end
$$;

-- Also for roles that were there before: what they may do is what this file says.
alter role countersign_migrate login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role countersign_ledger login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role countersign_app login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role countersign_lookup nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;

-- So that a migration can hand the look-up functions over.
grant countersign_lookup to countersign_migrate;

do $$
begin
    execute format('alter database %I owner to countersign_migrate', current_database());
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to countersign_ledger, countersign_app', current_database());
end
$$;

-- What anyone may create in public, a search path can be made to find.
revoke create on schema public from public;
grant create on schema public to countersign_migrate;

-- An acknowledgement is a durable commit, and no statement or forgotten transaction may hold the head of a log for long.
alter role countersign_ledger set synchronous_commit = on;
alter role countersign_ledger set statement_timeout = '30s';
alter role countersign_ledger set lock_timeout = '10s';
alter role countersign_ledger set idle_in_transaction_session_timeout = '10s';
alter role countersign_app set synchronous_commit = on;
alter role countersign_app set statement_timeout = '5s';
alter role countersign_app set lock_timeout = '2s';
alter role countersign_app set idle_in_transaction_session_timeout = '10s';
-- A migration may run long, but it may not queue everybody behind a lock that it cannot get.
alter role countersign_migrate set synchronous_commit = on;
alter role countersign_migrate set lock_timeout = '5s';
alter role countersign_migrate set idle_in_transaction_session_timeout = '60s';
