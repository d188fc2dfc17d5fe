-- One row per piece of evidence, for the library and for what auditors see of it. A piece of evidence has a handful of
-- events in its life, and each writes its row and these indexes once.

create table read.evidence (
    log uuid not null,
    version integer not null,
    evidence uuid not null,
    -- Of the last event applied: what was applied before is not applied again.
    stream_version integer not null,
    -- All that is said of it, as the last event has it.
    metadata jsonb not null,
    -- Parts of that, by which lists are filtered and sorted. Days are written so that they sort as they follow each other.
    title_folded text collate "C" not null,
    effective_on text collate "C" not null,
    engagement uuid,
    vendor text collate "C",
    controls text[] not null,
    -- The newest file; null where no evidence is attached.
    revision integer,
    file jsonb,
    -- Times in microseconds since 1970.
    added_at bigint not null,
    changed_at bigint not null,
    withdrawn_at bigint,
    primary key (log, version, evidence)
);
create index evidence_by_day on read.evidence (log, version, effective_on, evidence);
create index evidence_by_title on read.evidence (log, version, title_folded, evidence);
create index evidence_by_change on read.evidence (log, version, changed_at, evidence);

grant select, insert, update, delete on read.evidence to countersign_ledger;
grant select on read.evidence to countersign_app;
alter table read.evidence enable row level security;
alter table read.evidence force row level security;
create policy every_log on read.evidence to countersign_ledger using (true) with check (true);
create policy own_log on read.evidence for select to countersign_app
    using (log = nullif(current_setting('countersign.org', true), '')::uuid);
