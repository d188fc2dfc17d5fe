-- Documents: one piece of JSON per aggregate for its detail page. The view repository of postgres-es writes the first
-- three columns and knows no others; what it is about is read from the id, so that the same policies hold as for rows.

create table read.documents (
    -- <organisation>/<read model>/<build>/<id of the aggregate>
    view_id text collate "C" primary key,
    -- How often it was written, as the repository counts.
    version bigint not null check (version >= 1),
    payload jsonb not null,
    log uuid not null generated always as (split_part(view_id, '/', 1)::uuid) stored,
    projection text not null generated always as (split_part(view_id, '/', 2)) stored,
    build integer not null generated always as (split_part(view_id, '/', 3)::integer) stored
);
-- For the removal of a build.
create index documents_by_build on read.documents (log, projection, build);

grant select, insert, update, delete on read.documents to countersign_ledger;
grant select on read.documents to countersign_app;
alter table read.documents enable row level security;
alter table read.documents force row level security;
create policy every_log on read.documents to countersign_ledger using (true) with check (true);
create policy own_log on read.documents for select to countersign_app
    using (log = nullif(current_setting('countersign.org', true), '')::uuid);
