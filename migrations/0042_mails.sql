-- The mail log, which is also the outbox: what was sent or is to be, to whom by role, and what became of it. Never a body
-- and never an address: a letter that is sent later is written from the log at that time, so that whoever was erased
-- meanwhile gets none.

create table access.mails (
    log uuid not null references ledger.logs,
    id uuid primary key,
    kind text not null check (kind ~ '^[a-z_]{1,40}$'),
    -- Who gets it: the auditor of the grant, whoever gave it, or the member.
    recipient text not null check (recipient in ('auditor', 'granter', 'member')),
    -- What it is about: the grant, or the member.
    about uuid not null,
    -- The entry that caused it; none where it was sent within a request.
    cause_index bigint check (cause_index >= 0),
    -- The same in each attempt, so that whoever gets it twice sees it once.
    message_id text not null check (length(message_id) between 3 and 500),
    state text not null default 'recorded' check (state in (
        'recorded', 'sent', 'skipped', 'deferred', 'refused', 'unreachable', 'timed_out', 'given_up')),
    -- Why, as a word or as the mail server's code.
    reason text check (reason ~ '^[a-z0-9_]{1,40}$'),
    attempts integer not null default 0 check (attempts >= 0),
    created_at timestamptz not null default clock_timestamp(),
    -- When it is tried next; none where it is not. Moved on before each attempt, so that no two processes make the same.
    next_attempt_at timestamptz,
    sent_at timestamptz,
    check ((state = 'sent') = (sent_at is not null)),
    -- An entry causes a mail once, however often it is looked at.
    unique (log, cause_index, kind, recipient)
);
create index mails_by_log on access.mails (log, created_at desc, id desc);
create index mails_by_subject on access.mails (log, about, created_at);
create index mails_due on access.mails (next_attempt_at) where next_attempt_at is not null;

-- How far each reactor has come with each log. Apart from the read models, which may be wiped: this is never set back, or
-- mails would be sent again.
create schema reactor;
grant usage on schema reactor to countersign_ledger;
create table reactor.positions (
    reactor text not null check (reactor ~ '^[a-z_]{1,40}$'),
    log uuid not null references ledger.logs,
    -- Index of the first entry that it has not seen.
    next_index bigint not null check (next_index >= 0),
    primary key (reactor, log)
) with (fillfactor = 50);

grant usage on schema access to countersign_ledger;
grant select, insert, update (state, reason, attempts, next_attempt_at, sent_at) on access.mails
    to countersign_ledger, countersign_app;
grant select, insert, update (next_index) on reactor.positions to countersign_ledger;

alter table access.mails enable row level security;
alter table access.mails force row level security;
create policy every_log on access.mails to countersign_ledger using (true) with check (true);
create policy own_log on access.mails to countersign_app
    using (log = nullif(current_setting('countersign.org', true), '')::uuid)
    with check (log = nullif(current_setting('countersign.org', true), '')::uuid);
alter table reactor.positions enable row level security;
alter table reactor.positions force row level security;
create policy every_log on reactor.positions to countersign_ledger using (true) with check (true);
