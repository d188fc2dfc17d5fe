-- Read models: what lists and pages ask, derived from the entries and written anew whenever that is wanted (design §5).
-- Nothing here is evidence, so nothing here is append-only.

create schema read;
grant usage on schema read to countersign_ledger, countersign_app;

-- How far a read model has come with a log. A read model may be built several times side by side: the build that is
-- shown, and a newer one that takes its place once it has caught up.
create table read.positions (
    projection text not null,
    log uuid not null references ledger.logs,
    -- Counts the builds of this read model of this log; its rows carry it.
    version integer not null check (version >= 1),
    -- Which form of the program writes the build; a newer form starts a build of its own.
    form integer not null check (form >= 1),
    state text not null check (state in ('building', 'shown', 'retired')),
    -- Index of the first entry that is not applied. Moves in the transaction that writes the rows.
    next_index bigint not null default 0 check (next_index >= 0),
    primary key (projection, log, version)
) with (fillfactor = 50);
create unique index positions_shown on read.positions (projection, log) where state = 'shown';

-- One row per entry, for the list of entries and its filters. Texts compare by bytes, so that a prefix is a range.
create table read.entries (
    log uuid not null,
    version integer not null,
    index bigint not null,
    id uuid not null,
    -- Microseconds since 1970; never less than that of the entry before.
    time bigint not null,
    type text collate "C" not null,
    subject text collate "C" not null,
    stream text collate "C",
    stream_version integer,
    actor_type text not null,
    actor_id text collate "C" not null,
    actor_role text,
    -- Why it failed; null for what came about.
    reason text,
    outcome text not null generated always as (case when reason is null then 'success' else 'failure' end) stored,
    primary key (log, version, index)
);
create index entries_by_type on read.entries (log, version, type, index);
create index entries_by_actor on read.entries (log, version, actor_id, index);
create index entries_by_subject on read.entries (log, version, subject, index);
create index entries_by_stream on read.entries (log, version, stream, index) where stream is not null;
create index entries_by_time on read.entries (log, version, time, index);
-- Few fail, and they are looked for.
create index entries_failed on read.entries (log, version, index) where outcome = 'failure';

grant select, insert, update, delete on read.positions, read.entries to countersign_ledger;
grant select on read.positions, read.entries to countersign_app;

do $$
declare
    name text;
begin
    foreach name in array array['positions', 'entries'] loop
        execute format('alter table read.%I enable row level security', name);
        execute format('alter table read.%I force row level security', name);
        execute format('create policy every_log on read.%I to countersign_ledger using (true) with check (true)', name);
        execute format(
            'create policy own_log on read.%I for select to countersign_app
                using (log = nullif(current_setting(''countersign.org'', true), '''')::uuid)', name);
    end loop;
end
$$;
