-- +goose Up
-- How collection stands: arrears, quarters, what is handed up, used and published.

-- A member who is behind. People decide what follows; nothing here changes a standing (RULES 3.2.13).
CREATE TABLE dues_arrears (
    id          {{pk}},
    member_id   bigint NOT NULL REFERENCES member (id),
    org_id      bigint NOT NULL REFERENCES org (id),
    since_month text NOT NULL, -- the first of the unpaid months in a row
    months      bigint NOT NULL, -- how many in a row when last counted
    step        text NOT NULL CHECK (step IN ('BRANCH', 'COMMITTEE', 'CASE')),
    state       text NOT NULL CHECK (state IN ('OPEN', 'CLOSED')),
    outcome     text NOT NULL DEFAULT '' CHECK (outcome IN ('', 'PAID', 'GOOD_REASON', 'CORRECTED', 'REFERRED', 'LEFT')),
    note        text NOT NULL DEFAULT '',
    opened_at   {{time}} NOT NULL,
    counted_on  text NOT NULL,
    closed_by   bigint REFERENCES account (id),
    closed_at   {{time}},
    version     bigint NOT NULL DEFAULT 1,
    UNIQUE (member_id, since_month)
);
CREATE INDEX dues_arrears_org ON dues_arrears (org_id, state);
CREATE UNIQUE INDEX dues_arrears_open ON dues_arrears (member_id) WHERE state = 'OPEN';

CREATE TABLE dues_arrears_step (
    id         {{pk}},
    arrears_id bigint NOT NULL REFERENCES dues_arrears (id),
    step       text NOT NULL CHECK (step IN ('BRANCH', 'COMMITTEE', 'CASE')),
    month      text NOT NULL, -- in which the step was reached
    at         {{time}} NOT NULL,
    UNIQUE (arrears_id, step)
);

CREATE TABLE dues_arrears_note (
    id         {{pk}},
    arrears_id bigint NOT NULL REFERENCES dues_arrears (id),
    held_on    text NOT NULL, -- the day of the talk
    text       text NOT NULL,
    due_on     text NOT NULL DEFAULT '', -- until when it is to be put right
    created_by bigint REFERENCES account (id),
    created_at {{time}} NOT NULL
);
CREATE INDEX dues_arrears_note_of ON dues_arrears_note (arrears_id);

-- How the quarter stood when it was summed up.
CREATE TABLE dues_quarter (
    id           {{pk}},
    org_id       bigint NOT NULL REFERENCES org (id),
    quarter      text NOT NULL, -- 2026Q3
    bills        bigint NOT NULL,
    paid_bills   bigint NOT NULL,
    exempt_bills bigint NOT NULL,
    payable_fen  bigint NOT NULL,
    paid_fen     bigint NOT NULL,
    taken_at     {{time}} NOT NULL,
    UNIQUE (org_id, quarter)
);

-- Cash that was carried to the dues account.
CREATE TABLE dues_deposit (
    id              {{pk}},
    org_id          bigint NOT NULL REFERENCES org (id),
    amount_fen      bigint NOT NULL CHECK (amount_fen > 0),
    day             text NOT NULL,
    slip_no         text NOT NULL,
    state           text NOT NULL CHECK (state IN ('RECORDED', 'CONFIRMED', 'REJECTED', 'REVERSED')),
    recorded_by     bigint REFERENCES account (id),
    recorded_at     {{time}} NOT NULL,
    confirmed_by    bigint REFERENCES account (id),
    confirmed_at    {{time}},
    ended_by        bigint REFERENCES account (id),
    ended_at        {{time}},
    reason          text NOT NULL DEFAULT '',
    idempotency_key text UNIQUE,
    CHECK (confirmed_by IS NULL OR recorded_by IS NULL OR confirmed_by <> recorded_by)
);
CREATE UNIQUE INDEX dues_deposit_slip ON dues_deposit (slip_no) WHERE state IN ('RECORDED', 'CONFIRMED'); -- a wrong one may be recorded again
CREATE INDEX dues_deposit_org ON dues_deposit (org_id, state);

-- What each level hands up of what it has collected and got from below (RULES 3.2.15). No row: not decided yet.
CREATE TABLE dues_share (
    id             {{pk}},
    org_type       text NOT NULL CHECK (org_type IN ('CITY', 'COMMITTEE', 'GENERAL_BRANCH', 'BRANCH')),
    share_bp       bigint NOT NULL CHECK (share_bp >= 0 AND share_bp <= 10000),
    effective_from text NOT NULL, -- quarter: 2026Q3
    clause         text NOT NULL DEFAULT '',
    created_by     bigint REFERENCES account (id),
    created_at     {{time}} NOT NULL,
    UNIQUE (org_type, effective_from)
);

CREATE TABLE dues_remittance (
    id              {{pk}},
    org_id          bigint NOT NULL REFERENCES org (id),
    to_org_id       bigint REFERENCES org (id), -- empty: to the level above the city
    quarter         text NOT NULL,
    income_fen      bigint NOT NULL, -- of the quarter: own collection and what came from below
    share_bp        bigint NOT NULL,
    due_fen         bigint NOT NULL,
    amount_fen      bigint NOT NULL CHECK (amount_fen > 0),
    day             text NOT NULL,
    document_no     text NOT NULL DEFAULT '',
    state           text NOT NULL CHECK (state IN ('RECORDED', 'CONFIRMED', 'REJECTED', 'REVERSED')),
    recorded_by     bigint REFERENCES account (id),
    recorded_at     {{time}} NOT NULL,
    confirmed_by    bigint REFERENCES account (id),
    confirmed_at    {{time}},
    ended_by        bigint REFERENCES account (id),
    ended_at        {{time}},
    reason          text NOT NULL DEFAULT '',
    idempotency_key text UNIQUE,
    CHECK (confirmed_by IS NULL OR recorded_by IS NULL OR confirmed_by <> recorded_by)
);
CREATE INDEX dues_remittance_org ON dues_remittance (org_id, quarter);
CREATE INDEX dues_remittance_to ON dues_remittance (to_org_id, quarter);

CREATE TABLE dues_use (
    id              {{pk}},
    org_id          bigint NOT NULL REFERENCES org (id),
    category        text NOT NULL, -- lookup dues_use
    amount_fen      bigint NOT NULL CHECK (amount_fen > 0),
    day             text NOT NULL,
    purpose         text NOT NULL,
    voucher_no      text NOT NULL DEFAULT '',
    decided_on      text NOT NULL, -- the meeting that decided on it
    state           text NOT NULL CHECK (state IN ('RECORDED', 'CONFIRMED', 'REJECTED', 'REVERSED')),
    recorded_by     bigint REFERENCES account (id),
    recorded_at     {{time}} NOT NULL,
    confirmed_by    bigint REFERENCES account (id),
    confirmed_at    {{time}},
    ended_by        bigint REFERENCES account (id),
    ended_at        {{time}},
    reason          text NOT NULL DEFAULT '',
    idempotency_key text UNIQUE,
    CHECK (confirmed_by IS NULL OR recorded_by IS NULL OR confirmed_by <> recorded_by)
);
CREATE INDEX dues_use_org ON dues_use (org_id, day);

-- Income and use of a year as it was shown to the members: it stays as it was shown (RULES 3.2.16).
CREATE TABLE dues_publication (
    id            {{pk}},
    org_id        bigint NOT NULL REFERENCES org (id),
    year          text NOT NULL,
    opening_fen   bigint NOT NULL,
    collected_fen bigint NOT NULL,
    received_fen  bigint NOT NULL, -- from below
    remitted_fen  bigint NOT NULL,
    used_fen      bigint NOT NULL,
    closing_fen   bigint NOT NULL,
    uses          text NOT NULL, -- JSON: use, count, amount_fen
    note          text NOT NULL DEFAULT '',
    published_by  bigint REFERENCES account (id),
    published_at  {{time}} NOT NULL,
    UNIQUE (org_id, year)
);

INSERT INTO dues_share (org_type, share_bp, effective_from, clause, created_at) VALUES
    ('BRANCH', 10000, '2000Q1', '本平台默认：党支部收缴的党费全部上缴', '2026-01-01 00:00:00+00:00'),
    ('GENERAL_BRANCH', 10000, '2000Q1', '本平台默认：党总支收到的党费全部上缴', '2026-01-01 00:00:00+00:00');

INSERT INTO lookup (list, seq, code, title, band) VALUES
    ('dues_use', 1, 'TRAINING', '培训党员', ''),
    ('dues_use', 2, 'MATERIALS', '订阅或购买用于开展党员教育的报刊、资料、音像制品和设备', ''),
    ('dues_use', 3, 'AWARDS', '表彰先进基层党组织、优秀共产党员和优秀党务工作者', ''),
    ('dues_use', 4, 'HARDSHIP', '补助生活困难的党员', ''),
    ('dues_use', 5, 'DISASTER', '补助遭受严重自然灾害的党员和修缮因灾受损的基层党员教育设施', '');

-- +goose Down
DELETE FROM lookup WHERE list = 'dues_use';
DROP TABLE dues_publication;
DROP TABLE dues_use;
DROP TABLE dues_remittance;
DROP TABLE dues_share;
DROP TABLE dues_deposit;
DROP TABLE dues_quarter;
DROP TABLE dues_arrears_note;
DROP TABLE dues_arrears_step;
DROP TABLE dues_arrears;
