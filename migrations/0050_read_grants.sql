-- One row per grant of access, for the lists of grants and their filters. Who the auditor is stands sealed in the entry
-- at granted_index, and not here (docs/decisions/0005). A grant has few events, so that all of these indexes together
-- are written a few times in its life; states and ends, which filters ask for most, are few and need none.

create table read.grants (
    log uuid not null,
    version integer not null,
    grant_id uuid not null,
    -- Of the last event applied: what was applied before is not applied again.
    stream_version integer not null,
    granted_index bigint not null,
    person uuid not null,
    email_hash text,
    firm text not null,
    -- In lower case, which is what it is searched and sorted by.
    firm_folded text collate "C" not null,
    role_title text,
    -- To what and until when, as the last event has it: bundles, capabilities, resources, filters, end.
    extent jsonb not null,
    extent_version integer not null,
    engagement uuid,
    -- Of the link; null where it is used through an API key.
    delivery text,
    link_reuse text,
    second_factor text,
    -- As recorded. Past its end a grant is over, also where that is not recorded yet.
    state text not null check (state in ('pending', 'active', 'revoked', 'expired')),
    -- Times in microseconds since 1970.
    created_at bigint not null,
    expires_at bigint not null,
    accepted_at bigint,
    revoked_at bigint,
    ended_at bigint,
    granted_by_type text not null,
    granted_by text not null,
    -- Of the terms of engagement that count as accepted.
    terms_version integer,
    regrant_of uuid,
    resent_count integer not null default 0,
    resent_at bigint,
    sessions_ended integer not null default 0,
    primary key (log, version, grant_id)
);
create index grants_by_creation on read.grants (log, version, created_at, grant_id);
create index grants_by_firm on read.grants (log, version, firm_folded, grant_id);
create index grants_by_engagement on read.grants (log, version, engagement, created_at, grant_id)
    where engagement is not null;
create index grants_by_person on read.grants (log, version, person);
-- Serves the sort, and the job that records what has run out across organisations.
create index grants_by_end on read.grants (log, version, expires_at, grant_id);
create index grants_running on read.grants (expires_at) where state in ('pending', 'active');

grant select, insert, update, delete on read.grants to countersign_ledger;
grant select on read.grants to countersign_app;
alter table read.grants enable row level security;
alter table read.grants force row level security;
create policy every_log on read.grants to countersign_ledger using (true) with check (true);
create policy own_log on read.grants for select to countersign_app
    using (log = nullif(current_setting('countersign.org', true), '')::uuid);
