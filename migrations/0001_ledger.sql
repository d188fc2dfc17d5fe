-- The record itself: logs, their heads, entries, and the answers kept for idempotency keys (design §1, §3).
-- Only countersign_ledger writes here, and not even it may change or remove an entry.

create schema ledger;
grant usage on schema ledger to countersign_ledger, countersign_app;

-- One log per organisation; the log's id is the organisation's.
create table ledger.logs (
    log uuid primary key,
    slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    name text not null check (name <> ''),
    origin text not null unique check (length(origin) between 1 and 200),
    created_at timestamptz not null default now()
);

-- Where a log stands. An append is decided by one conditional update of this row.
create table ledger.heads (
    log uuid primary key references ledger.logs,
    size bigint not null check (size >= 0),
    -- 32 zeros before the first entry.
    head_hash bytea not null check (length(head_hash) = 32),
    -- The keys in force for the next entry: nobody may sign, or rotate, with another.
    entries_keyid bytea not null check (length(entries_keyid) = 4),
    checkpoints_keyid bytea not null check (length(checkpoints_keyid) = 4),
    receipts_keyid bytea not null check (length(receipts_keyid) = 4),
    -- Id and time (microseconds since 1970) of the last entry; both only grow. No id before the first entry.
    last_id uuid,
    last_time bigint not null,
    -- How many ledger.key.* entries the log holds: a heartbeat states it.
    key_entries bigint not null,
    -- Of the last heartbeat: its checkpoint's size, which never decreases, and its time (microseconds, 0 before the first).
    heartbeat_size bigint not null default 0,
    heartbeat_time bigint not null default 0
) with (fillfactor = 50);

-- No foreign key here or on idempotency: an append must win its row in ledger.heads, which has one, and a check per
-- entry would cost a tenth of the insert.
create table ledger.entries (
    log uuid not null,
    index bigint not null check (index >= 0),
    id uuid not null,
    stream text,
    stream_version integer check (stream_version >= 1),
    bytes bytea not null check (length(bytes) between 1 and 65535),
    hash bytea not null check (length(hash) = 32),
    signature bytea not null check (length(signature) = 64),
    primary key (log, index),
    constraint entries_id unique (log, id),
    check ((stream is null) = (stream_version is null))
);
create unique index entries_stream on ledger.entries (log, stream, stream_version) where stream is not null;
-- What is long is mostly sealed and does not compress.
alter table ledger.entries alter column bytes set storage external;

create table ledger.idempotency (
    log uuid not null,
    principal text not null,
    key text not null check (length(key) between 1 and 255),
    request_sha256 bytea not null check (length(request_sha256) = 32),
    first_index bigint not null,
    count integer not null check (count >= 1),
    recorded_at timestamptz not null default now(),
    primary key (log, principal, key)
);

-- The newest published checkpoint of each log, so that a lost directory of tiles does not lose it.
create table ledger.checkpoints (
    log uuid primary key references ledger.logs,
    size bigint not null check (size >= 0),
    root bytea not null check (length(root) = 32),
    note text not null,
    published_at timestamptz not null default now()
);

create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, lower(tg_op)
        using errcode = 'insufficient_privilege';
end
$$;

create function ledger.head_only_grows() returns trigger language plpgsql as $$
begin
    if new.log <> old.log or new.size <= old.size then
        raise exception 'the head of a log only grows: % to % refused', old.size, new.size
            using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;

create trigger entries_append_only before update or delete on ledger.entries
    for each row execute function ledger.refuse_change();
create trigger entries_no_truncate before truncate on ledger.entries
    for each statement execute function ledger.refuse_change();
create trigger idempotency_append_only before update or delete on ledger.idempotency
    for each row execute function ledger.refuse_change();
create trigger idempotency_no_truncate before truncate on ledger.idempotency
    for each statement execute function ledger.refuse_change();
create trigger heads_only_grow before update on ledger.heads
    for each row execute function ledger.head_only_grows();
create trigger heads_stay before delete on ledger.heads
    for each row execute function ledger.refuse_change();
create trigger heads_no_truncate before truncate on ledger.heads
    for each statement execute function ledger.refuse_change();
create trigger logs_append_only before update or delete on ledger.logs
    for each row execute function ledger.refuse_change();
create trigger logs_no_truncate before truncate on ledger.logs
    for each statement execute function ledger.refuse_change();

-- ALWAYS: they also fire for a superuser who sets session_replication_role.
alter table ledger.entries enable always trigger entries_append_only;
alter table ledger.entries enable always trigger entries_no_truncate;
alter table ledger.idempotency enable always trigger idempotency_append_only;
alter table ledger.idempotency enable always trigger idempotency_no_truncate;
alter table ledger.heads enable always trigger heads_only_grow;
alter table ledger.heads enable always trigger heads_stay;
alter table ledger.heads enable always trigger heads_no_truncate;
alter table ledger.logs enable always trigger logs_append_only;
alter table ledger.logs enable always trigger logs_no_truncate;

grant select, insert on ledger.logs, ledger.entries, ledger.idempotency to countersign_ledger;
grant select, insert, update on ledger.heads, ledger.checkpoints to countersign_ledger;
grant select on ledger.logs, ledger.heads, ledger.entries, ledger.idempotency, ledger.checkpoints to countersign_app;

do $$
declare
    name text;
begin
    foreach name in array array['logs', 'heads', 'entries', 'idempotency', 'checkpoints'] loop
        execute format('alter table ledger.%I enable row level security', name);
        execute format('alter table ledger.%I force row level security', name);
        execute format('create policy every_log on ledger.%I to countersign_ledger using (true) with check (true)', name);
        execute format(
            'create policy own_log on ledger.%I for select to countersign_app
                using (log = nullif(current_setting(''countersign.org'', true), '''')::uuid)', name);
    end loop;
end
$$;
