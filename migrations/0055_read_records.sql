-- One row per record of any type, for lists, pages and exports. An import of a list writes each of its rows once, so that
-- there are only the indexes that lists of a hundred thousand rows are paged by: reference (the key), title, last change.

create table read.records (
    log uuid not null,
    version integer not null,
    resource text collate "C" not null,
    reference text collate "C" not null,
    -- Of the last event applied: what was applied before is not applied again.
    stream_version integer not null,
    -- All that it says but its text, as the last event has it.
    content jsonb not null,
    body text,
    -- Parts of that, by which lists are filtered and sorted.
    title_folded text collate "C" not null,
    reference_folded text collate "C" not null,
    status text collate "C",
    -- What it belongs to. An engagement that is none is the empty text, which no filter of a grant lets in.
    vendor text collate "C",
    engagement text collate "C",
    -- Times in microseconds since 1970.
    added_at bigint not null,
    changed_at bigint not null,
    withdrawn_at bigint,
    primary key (log, version, resource, reference)
);
create index records_by_title on read.records (log, version, resource, title_folded, reference);
create index records_by_change on read.records (log, version, resource, changed_at, reference);

grant select, insert, update, delete on read.records to countersign_ledger;
grant select on read.records to countersign_app;
alter table read.records enable row level security;
alter table read.records force row level security;
create policy every_log on read.records to countersign_ledger using (true) with check (true);
create policy own_log on read.records for select to countersign_app
    using (log = nullif(current_setting('countersign.org', true), '')::uuid);
