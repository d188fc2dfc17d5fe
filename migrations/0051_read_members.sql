-- One row per member of an organisation, for the list of members. Names and addresses stand sealed in the entry at
-- invited_index (docs/decisions/0005). Members are few and change seldom: one index besides the key.

create table read.members (
    log uuid not null,
    version integer not null,
    member uuid not null,
    -- Of the last event applied: what was applied before is not applied again.
    stream_version integer not null,
    invited_index bigint not null,
    email_hash text,
    roles text[] not null,
    state text not null check (state in ('invited', 'active', 'suspended', 'removed')),
    -- Times in microseconds since 1970.
    invited_at bigint not null,
    invitation_expires_at bigint not null,
    resent_count integer not null default 0,
    activated_at bigint,
    -- When the member was suspended, or removed; null for those who are neither.
    stopped_at bigint,
    primary key (log, version, member)
);
create index members_by_invitation on read.members (log, version, invited_at, member);

grant select, insert, update, delete on read.members to countersign_ledger;
grant select on read.members to countersign_app;
alter table read.members enable row level security;
alter table read.members force row level security;
create policy every_log on read.members to countersign_ledger using (true) with check (true);
create policy own_log on read.members for select to countersign_app
    using (log = nullif(current_setting('countersign.org', true), '')::uuid);
