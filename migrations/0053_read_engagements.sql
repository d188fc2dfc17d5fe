-- One row per engagement, for the list of engagements and the choice of one in forms. They are few and change seldom.

create table read.engagements (
    log uuid not null,
    version integer not null,
    engagement uuid not null,
    -- Of the last event applied: what was applied before is not applied again.
    stream_version integer not null,
    name text not null,
    framework text not null,
    -- Days, written so that they sort as they follow each other.
    starts_on text collate "C" not null,
    ends_on text collate "C" not null,
    -- Times in microseconds since 1970.
    opened_at bigint not null,
    closed_at bigint,
    primary key (log, version, engagement)
);
create index engagements_by_start on read.engagements (log, version, starts_on, engagement);

grant select, insert, update, delete on read.engagements to countersign_ledger;
grant select on read.engagements to countersign_app;
alter table read.engagements enable row level security;
alter table read.engagements force row level security;
create policy every_log on read.engagements to countersign_ledger using (true) with check (true);
create policy own_log on read.engagements for select to countersign_app
    using (log = nullif(current_setting('countersign.org', true), '')::uuid);
