-- +goose Up
-- Ground floor: audit, calendar, facts, ledger, messages, schedule, callbacks, files.
-- fact, message, delivery, audit_entry and attendance carry a month: they can be partitioned by it, and no
-- foreign key points at them.

CREATE TABLE audit_head (
    chain text NOT NULL PRIMARY KEY,
    seq   bigint NOT NULL,
    hash  text NOT NULL
);
INSERT INTO audit_head (chain, seq, hash) VALUES ('main', 0, '');

CREATE TABLE audit_entry (
    id          {{pk}},
    chain       text NOT NULL,
    seq         bigint NOT NULL,
    month       text NOT NULL,
    at          text NOT NULL, -- RFC 3339, UTC, microseconds: as it was hashed
    actor_type  text NOT NULL, -- account, command, system, citizen
    actor_id    bigint NOT NULL DEFAULT 0,
    actor_name  text NOT NULL DEFAULT '',
    ip          text NOT NULL DEFAULT '',
    request_id  text NOT NULL DEFAULT '',
    action      text NOT NULL,
    object_type text NOT NULL,
    object_id   bigint NOT NULL DEFAULT 0,
    before      text NOT NULL DEFAULT '',
    after       text NOT NULL DEFAULT '',
    prev_hash   text NOT NULL,
    hash        text NOT NULL,
    UNIQUE (chain, seq)
);
CREATE INDEX audit_entry_object ON audit_entry (object_type, object_id);
CREATE INDEX audit_entry_actor ON audit_entry (actor_type, actor_id);

CREATE TABLE workday_override (
    date        text NOT NULL PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('OFF', 'WORK')),
    name        text NOT NULL,
    notice_no   text NOT NULL DEFAULT '',
    provisional boolean NOT NULL DEFAULT FALSE
);

CREATE TABLE fact (
    id           {{pk}},
    code         text NOT NULL,
    subject_type text NOT NULL CHECK (subject_type IN ('member', 'org')),
    subject_id   bigint NOT NULL,
    org_id       bigint NOT NULL, -- the branch of the day; for an organisation, itself
    day          text NOT NULL,
    month        text NOT NULL,
    source       text NOT NULL,
    quantity     bigint NOT NULL,
    reverses_id  bigint UNIQUE, -- the fact that this one takes back
    recorded_at  {{time}} NOT NULL,
    UNIQUE (code, subject_type, subject_id, source)
);
CREATE INDEX fact_month ON fact (month, code, org_id);
CREATE INDEX fact_subject ON fact (subject_type, subject_id, month);
CREATE INDEX fact_source ON fact (source);

CREATE TABLE energy_rule (
    id             {{pk}},
    fact_code      text NOT NULL,
    units          bigint NOT NULL CHECK (units > 0),
    day_cap        bigint, -- units a member may get by this rule a day; empty: no cap
    effective_from text NOT NULL,
    UNIQUE (fact_code, effective_from)
);

CREATE TABLE ledger_account (
    id         {{pk}},
    kind       text NOT NULL, -- energy, energy_issued, …
    owner_type text NOT NULL, -- member, org, system
    owner_id   bigint NOT NULL,
    guarded    boolean NOT NULL, -- may never go below zero; only guarded accounts keep their balance
    balance    bigint NOT NULL DEFAULT 0,
    UNIQUE (kind, owner_type, owner_id),
    CHECK (NOT guarded OR balance >= 0)
);

CREATE TABLE ledger_transfer (
    id        {{pk}},
    key       text NOT NULL UNIQUE, -- one transfer for each source event
    kind      text NOT NULL,
    fact_id   bigint,
    memo      text NOT NULL DEFAULT '',
    at        {{time}} NOT NULL,
    month     text NOT NULL
);
CREATE INDEX ledger_transfer_fact ON ledger_transfer (fact_id);

CREATE TABLE ledger_entry (
    id          {{pk}},
    transfer_id bigint NOT NULL REFERENCES ledger_transfer (id),
    account_id  bigint NOT NULL REFERENCES ledger_account (id),
    amount      bigint NOT NULL CHECK (amount <> 0),
    UNIQUE (transfer_id, account_id)
);
CREATE INDEX ledger_entry_account ON ledger_entry (account_id, id);

CREATE TABLE contact (
    id           {{pk}},
    appid        text NOT NULL,
    openid       text NOT NULL,
    unionid      text NOT NULL DEFAULT '',
    account_id   bigint REFERENCES account (id),
    follows      boolean NOT NULL DEFAULT FALSE,
    window_until {{time}}, -- customer-service messages may be sent until then
    window_left  bigint NOT NULL DEFAULT 0,
    created_at   {{time}} NOT NULL,
    UNIQUE (appid, openid)
);
CREATE INDEX contact_account ON contact (account_id);
CREATE INDEX contact_unionid ON contact (unionid);

CREATE TABLE message (
    id             {{pk}},
    kind           text NOT NULL,
    recipient_type text NOT NULL CHECK (recipient_type IN ('member', 'account', 'contact')),
    recipient_id   bigint NOT NULL,
    period         text NOT NULL, -- the period or object that the message is about: the second half of its key
    data           text NOT NULL DEFAULT '{}', -- values of the kind's text, JSON object of strings
    page           text NOT NULL DEFAULT '',
    month          text NOT NULL,
    created_at     {{time}} NOT NULL,
    read_at        {{time}},
    UNIQUE (kind, recipient_type, recipient_id, period)
);
CREATE INDEX message_inbox ON message (recipient_type, recipient_id, id);
CREATE INDEX message_kind_period ON message (kind, period);

CREATE TABLE delivery (
    id             {{pk}},
    message_id     bigint NOT NULL UNIQUE,
    kind           text NOT NULL,
    month          text NOT NULL,
    state          text NOT NULL CHECK (state IN ('pending', 'claimed', 'sending', 'sent', 'unknown', 'failed', 'unreachable')),
    channel        text NOT NULL DEFAULT '', -- subscribe, template, customer
    appid          text NOT NULL DEFAULT '',
    openid         text NOT NULL DEFAULT '',
    template_id    text NOT NULL DEFAULT '',
    attempts       bigint NOT NULL DEFAULT 0,
    not_before     {{time}} NOT NULL,
    lease_owner    text NOT NULL DEFAULT '',
    lease_until    {{time}},
    msgid          text NOT NULL DEFAULT '',
    errcode        bigint NOT NULL DEFAULT 0,
    error          text NOT NULL DEFAULT '',
    updated_at     {{time}} NOT NULL
);
-- A delivery goes through four states within a second. Indexes on all of them would fill with dead entries while a
-- county is being told something, so each index holds only the rows that somebody looks for.
CREATE INDEX delivery_waiting ON delivery (id) WHERE state IN ('pending', 'claimed', 'sending');
CREATE INDEX delivery_sending ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX delivery_trouble ON delivery (state, id) WHERE state IN ('unknown', 'failed', 'unreachable');
CREATE INDEX delivery_openid ON delivery (openid, template_id) WHERE openid <> '';

CREATE TABLE delivery_attempt (
    id          {{pk}},
    delivery_id bigint NOT NULL,
    month       text NOT NULL,
    at          {{time}} NOT NULL,
    channel     text NOT NULL,
    appid       text NOT NULL DEFAULT '',
    outcome     text NOT NULL,
    errcode     bigint NOT NULL DEFAULT 0,
    error       text NOT NULL DEFAULT ''
);
CREATE INDEX delivery_attempt_delivery ON delivery_attempt (delivery_id);

CREATE TABLE message_template (
    id          {{pk}},
    kind        text NOT NULL, -- of the message
    channel     text NOT NULL CHECK (channel IN ('subscribe', 'template')),
    appid       text NOT NULL,
    template_id text NOT NULL,
    fields      text NOT NULL, -- JSON: WeChat's field key to text with {placeholders}
    long_term   boolean NOT NULL DEFAULT FALSE,
    enabled     boolean NOT NULL DEFAULT TRUE,
    UNIQUE (kind, channel, appid)
);

CREATE TABLE message_credit (
    account_id  bigint NOT NULL REFERENCES account (id),
    template_id text NOT NULL,
    balance     bigint NOT NULL DEFAULT 0 CHECK (balance >= 0),
    updated_at  {{time}} NOT NULL,
    PRIMARY KEY (account_id, template_id)
);

CREATE TABLE callback (
    id          {{pk}},
    appid       text NOT NULL,
    natural_key text NOT NULL,
    kind        text NOT NULL,
    event       text NOT NULL DEFAULT '',
    openid      text NOT NULL DEFAULT '',
    payload     text NOT NULL, -- JSON of the decrypted push
    reply       text NOT NULL DEFAULT '', -- the passive reply: a repeated push gets the same
    state       text NOT NULL CHECK (state IN ('pending', 'claimed', 'done', 'failed')),
    attempts    bigint NOT NULL DEFAULT 0,
    not_before  {{time}} NOT NULL,
    lease_owner text NOT NULL DEFAULT '',
    lease_until {{time}},
    error       text NOT NULL DEFAULT '',
    received_at {{time}} NOT NULL,
    UNIQUE (appid, natural_key)
);
CREATE INDEX callback_waiting ON callback (id) WHERE state IN ('pending', 'claimed');

CREATE TABLE job_time (
    id             {{pk}},
    job            text NOT NULL,
    effective_from text NOT NULL,
    pattern        text NOT NULL CHECK (pattern IN ('daily', 'monthly', 'month_end', 'every')),
    day            bigint NOT NULL DEFAULT 0, -- of the month, for monthly
    hour           bigint NOT NULL DEFAULT 0 CHECK (hour BETWEEN 0 AND 23),
    minute         bigint NOT NULL DEFAULT 0 CHECK (minute BETWEEN 0 AND 59), -- for every: the interval
    enabled        boolean NOT NULL DEFAULT TRUE,
    UNIQUE (job, effective_from)
);

CREATE TABLE job_run (
    id          {{pk}},
    job         text NOT NULL,
    period      text NOT NULL,
    by_hand     text NOT NULL DEFAULT '', -- empty: by the clock; otherwise names the run by hand
    due_at      {{time}} NOT NULL,
    state       text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
    attempts    bigint NOT NULL DEFAULT 1,
    lease_owner text NOT NULL DEFAULT '',
    lease_until {{time}},
    started_at  {{time}} NOT NULL,
    finished_at {{time}},
    result      text NOT NULL DEFAULT '',
    error       text NOT NULL DEFAULT '',
    UNIQUE (job, period, by_hand)
);

CREATE TABLE file (
    id         {{pk}},
    sha256     text NOT NULL,
    mime       text NOT NULL,
    bytes      bigint NOT NULL,
    name       text NOT NULL DEFAULT '',
    account_id bigint REFERENCES account (id), -- who sent it in; empty: from a callback or the demo
    created_at {{time}} NOT NULL
);
CREATE INDEX file_sha256 ON file (sha256);

CREATE TABLE sequence (
    name  text NOT NULL PRIMARY KEY,
    value bigint NOT NULL
);

-- +goose Down
DROP TABLE sequence;
DROP TABLE file;
DROP TABLE job_run;
DROP TABLE job_time;
DROP TABLE callback;
DROP TABLE message_credit;
DROP TABLE message_template;
DROP TABLE delivery_attempt;
DROP TABLE delivery;
DROP TABLE message;
DROP TABLE contact;
DROP TABLE ledger_entry;
DROP TABLE ledger_transfer;
DROP TABLE ledger_account;
DROP TABLE energy_rule;
DROP TABLE fact;
DROP TABLE workday_override;
DROP TABLE audit_entry;
DROP TABLE audit_head;
