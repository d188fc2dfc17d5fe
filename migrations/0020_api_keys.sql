-- API keys: who may write and read an organisation's log over HTTP. What a key did stands in the log; here stands only
-- what is needed to recognise it.

create schema access;
grant usage on schema access to countersign_app, countersign_lookup;
grant usage on schema ledger to countersign_lookup;

create table access.api_keys (
    log uuid not null references ledger.logs,
    -- The public part of the key, also its name in entries and answers.
    id text primary key check (id ~ '^[a-z0-9]{8}$'),
    name text not null check (length(name) between 1 and 100),
    -- 256 random bits need no slow hash.
    secret_sha256 bytea not null check (length(secret_sha256) = 32),
    scopes text[] not null check (cardinality(scopes) >= 1),
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    -- To the minute.
    last_used_at timestamptz
);
create index api_keys_by_log on access.api_keys (log, created_at, id);

alter table access.api_keys enable row level security;
alter table access.api_keys force row level security;
create policy own_log on access.api_keys to countersign_app
    using (log = nullif(current_setting('countersign.org', true), '')::uuid)
    with check (log = nullif(current_setting('countersign.org', true), '')::uuid);
create policy before_the_organisation_is_known on access.api_keys for select to countersign_lookup using (true);
create policy before_the_organisation_is_known on ledger.logs for select to countersign_lookup using (true);

grant select, insert, update (revoked_at, last_used_at) on access.api_keys to countersign_app;
grant select on access.api_keys, ledger.logs to countersign_lookup;

-- The owner of a function must be able to create in its schema when it becomes the owner, and not a moment longer.
grant create on schema access to countersign_lookup;

-- The key with this public part and whose it is. Whether the secret fits is for the caller to compare.
create function access.find_api_key(asked text)
returns table (
    log uuid,
    origin text,
    secret_sha256 bytea,
    scopes text[],
    is_good boolean,
    use_is_news boolean
)
language sql
stable
security definer
set search_path = pg_catalog
as $$
    select k.log, l.origin, k.secret_sha256, k.scopes,
        k.revoked_at is null and (k.expires_at is null or clock_timestamp() < k.expires_at),
        k.last_used_at is null or k.last_used_at < clock_timestamp() - interval '1 minute'
    from access.api_keys as k
    join ledger.logs as l on l.log = k.log
    where k.id = asked
$$;
alter function access.find_api_key(text) owner to countersign_lookup;
revoke all on function access.find_api_key(text) from public;
grant execute on function access.find_api_key(text) to countersign_app;

revoke create on schema access from countersign_lookup;
