-- One person per organisation and address, also where the address is invited again; and which grant is that person's now.
-- An address stands here only as a MAC, which nobody can turn back and which is of no use without the service's secret.

create table access.auditor_identities (
    log uuid not null references ledger.logs,
    -- HMAC-SHA-256 of the address in lower case.
    address_mac bytea not null check (length(address_mac) = 32),
    person uuid not null,
    created_at timestamptz not null default now(),
    primary key (log, address_mac)
);

-- The last grant of a person for an engagement, or for none. Whether it is in force is for the grant to say.
create table access.current_grants (
    log uuid not null references ledger.logs,
    person uuid not null,
    engagement text not null default '',
    grant_id uuid not null,
    primary key (log, person, engagement)
);

do $$
declare
    name text;
begin
    foreach name in array array['auditor_identities', 'current_grants'] loop
        execute format('alter table access.%I enable row level security', name);
        execute format('alter table access.%I force row level security', name);
        execute format(
            'create policy own_log on access.%I to countersign_app
                using (log = nullif(current_setting(''countersign.org'', true), '''')::uuid)
                with check (log = nullif(current_setting(''countersign.org'', true), '''')::uuid)', name);
    end loop;
end
$$;

grant select, insert, delete on access.auditor_identities to countersign_app;
grant select, insert, update (grant_id) on access.current_grants to countersign_app;
