-- +goose Up
-- Meetings (theme party days), dues, citizens' requests, department accounts, the demo's cast.

CREATE TABLE meeting (
    id           {{pk}},
    org_id       bigint NOT NULL REFERENCES org (id),
    kind         text NOT NULL CHECK (kind IN ('THEME_DAY')),
    month        text NOT NULL,
    held_on      text NOT NULL,
    theme        text NOT NULL,
    content      text NOT NULL DEFAULT '',
    place        text NOT NULL DEFAULT '',
    record       text NOT NULL DEFAULT '',
    state        text NOT NULL CHECK (state IN ('DRAFT', 'COMPLETED', 'CANCELLED')),
    round        bigint NOT NULL DEFAULT 0, -- how often it was completed: names the source of its facts
    created_by   bigint REFERENCES account (id),
    completed_by bigint REFERENCES account (id),
    completed_at {{time}},
    cancelled_at {{time}},
    cancel_note  text NOT NULL DEFAULT '',
    created_at   {{time}} NOT NULL,
    updated_at   {{time}} NOT NULL
);
CREATE INDEX meeting_org_month ON meeting (org_id, month, kind, state);
CREATE INDEX meeting_month ON meeting (month, kind, state);

CREATE TABLE attendance (
    id         {{pk}},
    meeting_id bigint NOT NULL,
    member_id  bigint NOT NULL,
    month      text NOT NULL,
    status     text NOT NULL CHECK (status IN ('PRESENT', 'LATE', 'LEAVE', 'ABSENT', 'EXEMPT')),
    UNIQUE (meeting_id, member_id)
);
CREATE INDEX attendance_member ON attendance (member_id, month);

CREATE TABLE meeting_photo (
    id         {{pk}},
    meeting_id bigint NOT NULL REFERENCES meeting (id),
    file_id    bigint NOT NULL REFERENCES file (id),
    UNIQUE (meeting_id, file_id)
);
CREATE INDEX meeting_photo_file ON meeting_photo (file_id);

CREATE TABLE dues_rule (
    id             {{pk}},
    category       text NOT NULL,
    base           text NOT NULL CHECK (base IN ('BASE', 'QUARTER_MEAN', 'FIXED', 'SET', 'EXEMPT')),
    over_fen       bigint NOT NULL DEFAULT 0, -- the bracket begins above this base
    rate_bp        bigint NOT NULL DEFAULT 0,
    fixed_fen      bigint NOT NULL DEFAULT 0, -- FIXED: the amount; SET: the default
    least_fen      bigint NOT NULL DEFAULT 0, -- SET: smallest and largest amount that may be set
    most_fen       bigint NOT NULL DEFAULT 0,
    effective_from text NOT NULL,
    clause         text NOT NULL,
    UNIQUE (category, over_fen, effective_from)
);

CREATE TABLE dues_assessment (
    id              {{pk}},
    member_id       bigint NOT NULL REFERENCES member (id),
    category        text NOT NULL,
    base_fen        bigint NOT NULL DEFAULT 0,
    amount_fen      bigint NOT NULL, -- what the rule makes of the base
    rate_bp         bigint NOT NULL DEFAULT 0,
    effective_month text NOT NULL,
    decision_no     text NOT NULL DEFAULT '', -- EXEMPT and REDUCED: the committee's decision
    created_by      bigint REFERENCES account (id),
    created_at      {{time}} NOT NULL,
    UNIQUE (member_id, effective_month)
);

CREATE TABLE dues_bill (
    id            {{pk}},
    member_id     bigint NOT NULL REFERENCES member (id),
    org_id        bigint NOT NULL REFERENCES org (id),
    month         text NOT NULL,
    category      text NOT NULL,
    amount_fen    bigint NOT NULL CHECK (amount_fen >= 0),
    state         text NOT NULL CHECK (state IN ('UNPAID', 'PAID', 'EXEMPT')),
    created_at    {{time}} NOT NULL,
    UNIQUE (member_id, month)
);
CREATE INDEX dues_bill_month ON dues_bill (month, state, org_id);

CREATE TABLE dues_payment (
    id              {{pk}},
    bill_id         bigint NOT NULL UNIQUE REFERENCES dues_bill (id),
    amount_fen      bigint NOT NULL CHECK (amount_fen > 0),
    method          text NOT NULL CHECK (method IN ('CASH', 'TRANSFER', 'WECHAT')),
    transaction_no  text UNIQUE,
    idempotency_key text UNIQUE,
    paid_on         text NOT NULL,
    recorded_by     bigint REFERENCES account (id),
    recorded_at     {{time}} NOT NULL
);

CREATE TABLE official_account (
    id             {{pk}},
    appid          text NOT NULL UNIQUE,
    name           text NOT NULL,
    department_id  bigint NOT NULL REFERENCES department (id),
    kind           text NOT NULL CHECK (kind IN ('service', 'subscription')),
    original_id    text NOT NULL,
    secret_sealed  text NOT NULL,
    token_sealed   text NOT NULL,
    aes_key_sealed text NOT NULL,
    created_by     bigint REFERENCES account (id),
    created_at     {{time}} NOT NULL,
    updated_at     {{time}} NOT NULL
);
CREATE INDEX official_account_department ON official_account (department_id);

CREATE TABLE time_limit (
    id             {{pk}},
    step           text NOT NULL, -- ACCEPT, REFER, HANDLE, RETURN, EXTEND, CALL_BACK, RATE, REOPEN
    category       text NOT NULL DEFAULT '', -- empty: every category
    working_days   bigint NOT NULL CHECK (working_days >= 0),
    effective_from text NOT NULL,
    UNIQUE (step, category, effective_from)
);

CREATE TABLE request (
    id               {{pk}},
    number           text NOT NULL UNIQUE,
    source           text NOT NULL CHECK (source IN ('oa', 'mp')),
    contact_id       bigint REFERENCES contact (id),
    account_id       bigint REFERENCES account (id),
    intake_department_id bigint REFERENCES department (id), -- whose official account was written to
    category         text NOT NULL DEFAULT 'HELP' CHECK (category IN ('CONSULT', 'HELP', 'COMPLAINT', 'SUGGESTION', 'URGENT')),
    content          text NOT NULL,
    place            text NOT NULL DEFAULT '',
    lat              double precision,
    lng              double precision,
    anonymous        boolean NOT NULL DEFAULT FALSE,
    state            text NOT NULL CHECK (state IN ('SUBMITTED', 'ACCEPTED', 'REFERRED', 'HANDLING', 'RETURNED', 'CLOSED',
                         'RATED', 'UNRATED', 'REOPENED', 'DECLINED', 'DUPLICATE', 'WITHDRAWN')),
    department_id    bigint REFERENCES department (id), -- the lead unit
    handler_id       bigint REFERENCES account (id),
    clock            text NOT NULL DEFAULT '', -- the open limit: a step of time_limit
    deadline         text NOT NULL DEFAULT '', -- met until the end of this day
    provisional      boolean NOT NULL DEFAULT FALSE, -- the deadline rests on a year without a holiday notice
    extended         boolean NOT NULL DEFAULT FALSE,
    return_count     bigint NOT NULL DEFAULT 0,
    reopen_count     bigint NOT NULL DEFAULT 0,
    duplicate_of     bigint REFERENCES request (id),
    collecting_until {{time}}, -- further messages of the same contact belong to it until then
    rating           bigint CHECK (rating BETWEEN 1 AND 5), -- 5 very satisfied … 1 very dissatisfied
    rating_note      text NOT NULL DEFAULT '',
    idempotency_key  text,
    steps            bigint NOT NULL DEFAULT 0,
    submitted_at     {{time}} NOT NULL,
    updated_at       {{time}} NOT NULL,
    CHECK (contact_id IS NOT NULL OR account_id IS NOT NULL)
);
CREATE UNIQUE INDEX request_idempotency ON request (account_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX request_contact ON request (contact_id, id);
CREATE INDEX request_account ON request (account_id, id);
CREATE INDEX request_department ON request (department_id, state);
CREATE INDEX request_state ON request (state, deadline);

CREATE TABLE request_part (
    id          {{pk}},
    request_id  bigint NOT NULL REFERENCES request (id),
    callback_id bigint UNIQUE REFERENCES callback (id),
    type        text NOT NULL CHECK (type IN ('text', 'image', 'location', 'voice')),
    content     text NOT NULL DEFAULT '',
    lat         double precision,
    lng         double precision,
    file_id     bigint REFERENCES file (id),
    created_at  {{time}} NOT NULL
);
CREATE INDEX request_part_request ON request_part (request_id);
CREATE INDEX request_part_file ON request_part (file_id);

CREATE TABLE request_step (
    id            {{pk}},
    request_id    bigint NOT NULL REFERENCES request (id),
    seq           bigint NOT NULL,
    action        text NOT NULL,
    from_state    text NOT NULL,
    to_state      text NOT NULL,
    actor_type    text NOT NULL CHECK (actor_type IN ('citizen', 'staff', 'system')),
    actor_id      bigint NOT NULL DEFAULT 0,
    actor_name    text NOT NULL DEFAULT '',
    department_id bigint REFERENCES department (id),
    note          text NOT NULL DEFAULT '',
    public        boolean NOT NULL DEFAULT TRUE, -- may the citizen read the note
    clock         text NOT NULL DEFAULT '', -- the limit that this step ended
    deadline      text NOT NULL DEFAULT '',
    met           boolean, -- empty: the step ended no limit
    at            {{time}} NOT NULL,
    UNIQUE (request_id, seq)
);

CREATE TABLE demo_cast (
    person_id text NOT NULL PRIMARY KEY,
    role      text NOT NULL,
    position  bigint NOT NULL
);

-- +goose Down
DROP TABLE demo_cast;
DROP TABLE request_step;
DROP TABLE request_part;
DROP TABLE request;
DROP TABLE time_limit;
DROP TABLE official_account;
DROP TABLE dues_payment;
DROP TABLE dues_bill;
DROP TABLE dues_assessment;
DROP TABLE dues_rule;
DROP TABLE meeting_photo;
DROP TABLE attendance;
DROP TABLE meeting;
