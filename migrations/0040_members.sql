-- How members sign in, and the sessions that are open. Who is a member and what they may do stands in the log; here stands
-- only what is needed to recognise them. No address, no name, no secret that could be used as it is.

create table access.member_logins (
    log uuid not null references ledger.logs,
    -- The person's opaque id, as in the stream member/<member>.
    member uuid not null,
    -- HMAC-SHA-256 of the address in lower case, under a key that is not in the database.
    address_mac bytea not null check (length(address_mac) = 32),
    -- Argon2id, in the form of the PHC.
    password_hash text,
    -- What one-time codes are made from, encrypted under a key that is not in the database.
    totp_secret bytea,
    -- The step of the last code that was taken: each code works once.
    totp_step bigint,
    created_at timestamptz not null default now(),
    primary key (log, member),
    unique (log, address_mac)
);

-- Attempts to sign in since the last one that succeeded, by address: of those that nobody has as of those that somebody
-- has, so that neither rows nor answers tell which those are.
create table access.sign_in_attempts (
    log uuid not null references ledger.logs,
    address_mac bytea not null check (length(address_mac) = 32),
    -- Counted before the attempt is looked at. The eleventh and all that follow count as one.
    attempts smallint not null check (attempts between 1 and 11),
    attempted_at timestamptz not null,
    locked_until timestamptz,
    primary key (log, address_mac)
);
create index sign_in_attempts_by_time on access.sign_in_attempts (log, attempted_at);

create table access.passkeys (
    log uuid not null references ledger.logs,
    -- Ours, which stands in the log; the authenticator's own may tell a device.
    id uuid not null,
    member uuid not null,
    credential_id bytea not null check (length(credential_id) between 1 and 1023),
    -- The public key and its counter, as webauthn-rs writes them.
    passkey text not null,
    name text not null check (length(name) between 1 and 100),
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    primary key (log, id),
    unique (log, credential_id),
    foreign key (log, member) references access.member_logins on delete cascade
);
create index passkeys_by_member on access.passkeys (log, member, created_at);

create table access.recovery_codes (
    log uuid not null references ledger.logs,
    member uuid not null,
    -- HMAC-SHA-256 under a key that is not in the database: 80 random bits are too few for a plain hash.
    code_mac bytea not null check (length(code_mac) = 32),
    used_at timestamptz,
    primary key (log, member, code_mac),
    foreign key (log, member) references access.member_logins on delete cascade
);

-- Links that work once: the one of an invitation, of a recovery, and one that signs in.
create table access.member_links (
    log uuid not null references ledger.logs,
    -- 384 random bits need no slow hash.
    token_sha256 bytea primary key check (length(token_sha256) = 32),
    member uuid not null,
    purpose text not null check (purpose in ('invitation', 'recovery', 'sign_in')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    foreign key (log, member) references access.member_logins on delete cascade
);
create index member_links_by_member on access.member_links (log, member, purpose);

create table access.member_sessions (
    log uuid not null references ledger.logs,
    -- 128 random bits, which may stand in the log.
    sid text not null check (sid ~ '^[0-9a-f]{32}$'),
    -- Of the 256 random bits in the cookie; another after each confirmation.
    token_sha256 bytea not null unique check (length(token_sha256) = 32),
    member uuid not null,
    -- By what the member signed in, a word of the log's.
    method text not null,
    -- Such as Firefox on Linux; never an address.
    device text not null check (length(device) between 1 and 100),
    created_at timestamptz not null default clock_timestamp(),
    -- To the minute.
    last_seen_at timestamptz not null default clock_timestamp(),
    -- When the member last confirmed who they are; null where a link alone opened the session.
    confirmed_at timestamptz,
    ended_at timestamptz,
    primary key (log, sid)
);
create index member_sessions_by_member on access.member_sessions (log, member, created_at);

-- What an authenticator was asked to sign, until it answers: once, and within minutes.
create table access.webauthn_challenges (
    log uuid not null references ledger.logs,
    id text not null check (id ~ '^[0-9a-f]{32}$'),
    -- Null while nobody is known yet.
    member uuid,
    purpose text not null check (purpose in ('register', 'sign_in', 'confirm')),
    state text not null,
    expires_at timestamptz not null,
    primary key (log, id)
);

-- A key of a member's own: it may do what its scopes and the member's roles both allow at that moment.
alter table access.api_keys add column member uuid;
create index api_keys_by_member on access.api_keys (log, member) where member is not null;

do $$
declare
    name text;
begin
    foreach name in array array[
        'member_logins', 'sign_in_attempts', 'passkeys', 'recovery_codes', 'member_links', 'member_sessions', 'webauthn_challenges'
    ] loop
        execute format('alter table access.%I enable row level security', name);
        execute format('alter table access.%I force row level security', name);
        execute format('create policy own_log on access.%I to countersign_app
            using (log = nullif(current_setting(''countersign.org'', true), '''')::uuid)
            with check (log = nullif(current_setting(''countersign.org'', true), '''')::uuid)', name);
        execute format('grant select, insert, update, delete on access.%I to countersign_app', name);
    end loop;
    foreach name in array array['member_links', 'member_sessions'] loop
        execute format('create policy before_the_organisation_is_known on access.%I for select to countersign_lookup
            using (true)', name);
        execute format('grant select on access.%I to countersign_lookup', name);
    end loop;
end
$$;

grant create on schema access to countersign_lookup;

-- The session of a cookie that is open now, and whose log it belongs to. Idle for an hour or twelve hours old, it is over.
create function access.find_member_session(asked bytea)
returns table (
    log uuid,
    slug text,
    name text,
    origin text,
    sid text,
    token_sha256 bytea,
    member uuid,
    method text,
    created_at timestamptz,
    confirmed_at timestamptz,
    use_is_news boolean
)
language sql
stable
security definer
set search_path = pg_catalog
as $$
    select s.log, l.slug, l.name, l.origin, s.sid, s.token_sha256, s.member, s.method, s.created_at, s.confirmed_at,
        s.last_seen_at < clock_timestamp() - interval '1 minute'
    from access.member_sessions as s
    join ledger.logs as l on l.log = s.log
    where s.token_sha256 = asked
        and s.ended_at is null
        and clock_timestamp() < s.last_seen_at + interval '60 minutes'
        and clock_timestamp() < s.created_at + interval '12 hours'
$$;
alter function access.find_member_session(bytea) owner to countersign_lookup;
revoke all on function access.find_member_session(bytea) from public;
grant execute on function access.find_member_session(bytea) to countersign_app;

-- The link with this hash and whose it is, whatever became of it.
create function access.find_member_link(asked bytea)
returns table (
    log uuid,
    slug text,
    name text,
    origin text,
    token_sha256 bytea,
    member uuid,
    purpose text,
    expires_at timestamptz,
    is_good boolean
)
language sql
stable
security definer
set search_path = pg_catalog
as $$
    select k.log, l.slug, l.name, l.origin, k.token_sha256, k.member, k.purpose, k.expires_at,
        k.used_at is null and clock_timestamp() < k.expires_at
    from access.member_links as k
    join ledger.logs as l on l.log = k.log
    where k.token_sha256 = asked
$$;
alter function access.find_member_link(bytea) owner to countersign_lookup;
revoke all on function access.find_member_link(bytea) from public;
grant execute on function access.find_member_link(bytea) to countersign_app;

-- As before, and whose key it is.
drop function access.find_api_key(text);
create function access.find_api_key(asked text)
returns table (
    log uuid,
    origin text,
    secret_sha256 bytea,
    scopes text[],
    member uuid,
    is_good boolean,
    use_is_news boolean
)
language sql
stable
security definer
set search_path = pg_catalog
as $$
    select k.log, l.origin, k.secret_sha256, k.scopes, k.member,
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
