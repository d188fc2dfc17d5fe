-- The auditor's way in: which grant a link belongs to, the sessions that are open, codes by mail, and how often somebody
-- tried. What a grant allows stands in the log; here stands only what is needed to recognise whoever comes. No address and
-- no secret that could be used as it is.

-- Written before the grant is recorded. A token is good only where the grant in the log names its hash, so a row whose
-- grant was never recorded, or has another link by now, opens nothing.
create table access.grant_tokens (
    -- 384 random bits need no slow hash.
    token_sha256 bytea primary key check (length(token_sha256) = 32),
    log uuid not null references ledger.logs,
    grant_id uuid not null,
    -- HMAC-SHA-256 of the auditor's address in lower case, under a key that is not in the database.
    address_mac bytea not null check (length(address_mac) = 32),
    created_at timestamptz not null default clock_timestamp()
);
create index grant_tokens_by_grant on access.grant_tokens (log, grant_id);
create index grant_tokens_by_address on access.grant_tokens (address_mac, created_at desc);

create table access.auditor_sessions (
    log uuid not null references ledger.logs,
    -- 128 random bits, which may stand in the log.
    sid text not null check (sid ~ '^[0-9a-f]{32}$'),
    grant_id uuid not null,
    -- The entry that records its beginning; address and program stand there, sealed.
    started_index bigint not null check (started_index >= 0),
    created_at timestamptz not null default clock_timestamp(),
    last_seen_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    ended_at timestamptz,
    primary key (log, sid)
);
create index auditor_sessions_by_grant on access.auditor_sessions (log, grant_id, created_at desc);

-- When an auditor was last here. Not an event: every look at a record is one already.
create table access.grants_seen (
    log uuid not null references ledger.logs,
    grant_id uuid not null,
    last_accessed_at timestamptz not null,
    primary key (log, grant_id)
);

-- Codes sent by mail. A code works in the browser that asked for it, which holds the challenge.
create table access.email_codes (
    challenge_sha256 bytea not null check (length(challenge_sha256) = 32),
    log uuid not null references ledger.logs,
    grant_id uuid not null,
    -- HMAC-SHA-256 under a key that is not in the database: eight digits would be guessed from a plain hash.
    code_mac bytea not null check (length(code_mac) = 32),
    -- Of the link that was opened; none where an address was typed instead.
    token_sha256 bytea check (length(token_sha256) = 32),
    tries integer not null default 0 check (tries >= 0),
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (challenge_sha256, log, grant_id)
);
create index email_codes_by_log on access.email_codes (log, expires_at);

-- What is counted before anybody knows whose it is, by a MAC of what it is counted by.
create table access.attempts (
    key bytea primary key check (length(key) = 32),
    -- Those that were let through and still count, oldest first.
    at timestamptz[] not null default '{}',
    is_refusing boolean not null default false,
    forget_at timestamptz not null
);
create index attempts_to_forget on access.attempts (forget_at);

do $$
declare
    name text;
begin
    foreach name in array array['grant_tokens', 'auditor_sessions', 'grants_seen', 'email_codes'] loop
        execute format('alter table access.%I enable row level security', name);
        execute format('alter table access.%I force row level security', name);
        execute format(
            'create policy own_log on access.%I to countersign_app
                using (log = nullif(current_setting(''countersign.org'', true), '''')::uuid)
                with check (log = nullif(current_setting(''countersign.org'', true), '''')::uuid)', name);
    end loop;
end
$$;
alter table access.attempts enable row level security;
alter table access.attempts force row level security;
create policy before_the_organisation_is_known on access.attempts to countersign_lookup using (true) with check (true);
create policy before_the_organisation_is_known on access.grant_tokens for select to countersign_lookup using (true);
create policy before_the_organisation_is_known on access.email_codes to countersign_lookup using (true) with check (true);

grant select, insert on access.grant_tokens to countersign_app;
grant select, insert, update (last_seen_at, ended_at) on access.auditor_sessions to countersign_app;
grant select, insert, update (last_accessed_at) on access.grants_seen to countersign_app;
grant select, insert, delete, update (used_at) on access.email_codes to countersign_app;
grant select on access.grant_tokens to countersign_lookup;
grant select, update (tries) on access.email_codes to countersign_lookup;
grant select, insert, update, delete on access.attempts to countersign_lookup;

-- The owner of a function must be able to create in its schema when it becomes the owner, and not a moment longer.
grant create on schema access to countersign_lookup;

-- The grant that a link was made for.
create function access.find_grant_token(asked bytea)
returns table (log uuid, origin text, grant_id uuid)
language sql
stable
security definer
set search_path = pg_catalog
as $$
    select t.log, l.origin, t.grant_id
    from access.grant_tokens as t
    join ledger.logs as l on l.log = t.log
    where t.token_sha256 = asked
$$;
alter function access.find_grant_token(bytea) owner to countersign_lookup;
revoke all on function access.find_grant_token(bytea) from public;
grant execute on function access.find_grant_token(bytea) to countersign_app;

-- The grants of an address, in every organisation, newest first. Whether they hold is for the log to say.
create function access.find_grants_of_address(asked bytea, most integer)
returns table (log uuid, origin text, grant_id uuid)
language sql
stable
security definer
set search_path = pg_catalog
as $$
    select t.log, l.origin, t.grant_id
    from access.grant_tokens as t
    join ledger.logs as l on l.log = t.log
    where t.address_mac = asked
    group by t.log, l.origin, t.grant_id
    order by max(t.created_at) desc
    limit most
$$;
alter function access.find_grants_of_address(bytea, integer) owner to countersign_lookup;
revoke all on function access.find_grants_of_address(bytea, integer) from public;
grant execute on function access.find_grants_of_address(bytea, integer) to countersign_app;

-- The codes of a challenge that may be tried now, each one try older: counted before anybody compares.
create function access.try_email_code(asked bytea, tries_max integer)
returns table (log uuid, origin text, grant_id uuid, code_mac bytea, token_sha256 bytea)
language sql
volatile
security definer
set search_path = pg_catalog
as $$
    with tried as (
        update access.email_codes as c
        set tries = c.tries + 1
        where c.challenge_sha256 = asked
            and c.used_at is null
            and c.tries < tries_max
            and clock_timestamp() < c.expires_at
        returning c.log, c.grant_id, c.code_mac, c.token_sha256
    )
    select tried.log, l.origin, tried.grant_id, tried.code_mac, tried.token_sha256
    from tried
    join ledger.logs as l on l.log = tried.log
$$;
alter function access.try_email_code(bytea, integer) owner to countersign_lookup;
revoke all on function access.try_email_code(bytea, integer) from public;
grant execute on function access.try_email_code(bytea, integer) to countersign_app;

-- Lets an attempt through while fewer than so many were let through in the time before it, and counts it then. Otherwise
-- it says for how long to wait, and whether this is the first that is refused after one that was not.
create function access.count_attempt(asked bytea, most integer, within interval)
returns table (wait_seconds integer, is_first_refusal boolean)
language plpgsql
volatile
security definer
set search_path = pg_catalog
as $$
declare
    moment timestamptz;
    kept timestamptz[];
    was_refusing boolean;
begin
    delete from access.attempts as a
    where a.key in (
        select old.key from access.attempts as old
        where old.forget_at < clock_timestamp() and old.key <> asked
        order by old.forget_at
        limit 10
        for update skip locked
    );
    -- Also locks the row, so that of two attempts at the same time one counts the other.
    insert into access.attempts as a (key, forget_at)
    values (asked, clock_timestamp() + within)
    on conflict (key) do update set forget_at = excluded.forget_at
    returning a.at, a.is_refusing into kept, was_refusing;
    moment := clock_timestamp();
    kept := array(select t from unnest(kept) as t where moment - within < t order by t);
    if cardinality(kept) < most then
        update access.attempts as a set at = kept || moment, is_refusing = false where a.key = asked;
        return query select 0, false;
    else
        update access.attempts as a set at = kept, is_refusing = true where a.key = asked;
        return query
            select greatest(1, ceil(extract(epoch from kept[1] + within - moment)))::integer, not was_refusing;
    end if;
end
$$;
alter function access.count_attempt(bytea, integer, interval) owner to countersign_lookup;
revoke all on function access.count_attempt(bytea, integer, interval) from public;
grant execute on function access.count_attempt(bytea, integer, interval) to countersign_app;

revoke create on schema access from countersign_lookup;
