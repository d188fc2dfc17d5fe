-- Data keys of sealed values (spec §8), one living key per person and log. Destroying a key erases what was sealed under
-- it everywhere; its row stays, so that a kid is never used twice and an erasure can be shown.

create schema vault;
grant usage on schema vault to countersign_ledger;

create table vault.data_keys (
    log uuid not null references ledger.logs,
    kid uuid not null,
    -- The opaque id by which entries name the person.
    person text not null check (length(person) between 1 and 255),
    key bytea check (length(key) = 32),
    created_at timestamptz not null default now(),
    destroyed_at timestamptz,
    primary key (log, kid),
    check ((key is null) = (destroyed_at is not null))
);
create unique index data_keys_living on vault.data_keys (log, person) where key is not null;

create function vault.only_destroy() returns trigger language plpgsql as $$
begin
    if (new.log, new.kid, new.person, new.created_at) is distinct from (old.log, old.kid, old.person, old.created_at)
        or old.key is null or new.key is not null
    then
        raise exception 'a data key can only be destroyed, and only once' using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;

create trigger data_keys_only_destroyed before update on vault.data_keys
    for each row execute function vault.only_destroy();
create trigger data_keys_stay before delete on vault.data_keys
    for each row execute function ledger.refuse_change();
create trigger data_keys_no_truncate before truncate on vault.data_keys
    for each statement execute function ledger.refuse_change();

-- ALWAYS: they also fire for a superuser who sets session_replication_role.
alter table vault.data_keys enable always trigger data_keys_only_destroyed;
alter table vault.data_keys enable always trigger data_keys_stay;
alter table vault.data_keys enable always trigger data_keys_no_truncate;

-- Only the role that works across organisations reaches a key; requests see sealed values through it or not at all.
grant select, insert, update (key, destroyed_at) on vault.data_keys to countersign_ledger;

alter table vault.data_keys enable row level security;
alter table vault.data_keys force row level security;
create policy every_log on vault.data_keys to countersign_ledger using (true) with check (true);
