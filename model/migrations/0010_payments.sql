-- +goose Up
-- What was paid. A payment has a life (an order, a record to confirm, money, its way back) and pays one bill or several,
-- each bill whole: of each bill at most one payment lives.

CREATE TABLE dues_payment_was AS SELECT * FROM dues_payment;
DROP TABLE dues_payment;
CREATE TABLE dues_payment (
    id              {{pk}},
    org_id          bigint NOT NULL REFERENCES org (id), -- the branch that collects
    payer_id        bigint REFERENCES member (id),       -- who paid: the member, or another of the branch
    method          text NOT NULL CHECK (method IN ('CASH', 'TRANSFER', 'WECHAT')),
    state           text NOT NULL CHECK (state IN ('OPEN', 'RECORDED', 'SETTLED', 'CLOSED', 'REVERSED', 'SURPLUS', 'REFUNDED')),
    amount_fen      bigint NOT NULL CHECK (amount_fen > 0),
    refunded_fen    bigint NOT NULL DEFAULT 0, -- asked for or given back
    order_no        text NOT NULL UNIQUE, -- the number of the payment, also with WeChat (out_trade_no)
    transaction_no  text, -- WeChat's or the bank's
    idempotency_key text UNIQUE,
    paid_on         text NOT NULL DEFAULT '',
    appid           text NOT NULL DEFAULT '', -- WECHAT: who pays, there
    openid          text NOT NULL DEFAULT '',
    description     text NOT NULL DEFAULT '',
    expires_at      {{time}}, -- WECHAT: no money is taken after it
    recorded_by     bigint REFERENCES account (id),
    recorded_at     {{time}} NOT NULL,
    settled_by      bigint REFERENCES account (id), -- the second person
    settled_at      {{time}},
    ended_by        bigint REFERENCES account (id), -- who closed or reversed it
    ended_at        {{time}},
    reason          text NOT NULL DEFAULT '', -- why it was closed or reversed
    override_reason text NOT NULL DEFAULT '', -- why a month was taken that is further back than the rule allows
    reconciled_on   text NOT NULL DEFAULT '', -- the day of WeChat's bill that holds it
    not_before      {{time}}, -- OPEN: when WeChat is asked next
    attempts        bigint NOT NULL DEFAULT 0,
    lease_owner     text NOT NULL DEFAULT '',
    lease_until     {{time}},
    CHECK (refunded_fen >= 0 AND refunded_fen <= amount_fen),
    CHECK (method = 'WECHAT' OR settled_by IS NULL OR recorded_by IS NULL OR settled_by <> recorded_by)
);
CREATE UNIQUE INDEX dues_payment_transaction ON dues_payment (transaction_no) WHERE state NOT IN ('CLOSED', 'REVERSED'); -- what was put down wrongly may be recorded again
CREATE INDEX dues_payment_payer ON dues_payment (payer_id);
CREATE INDEX dues_payment_open ON dues_payment (not_before) WHERE state = 'OPEN';
CREATE INDEX dues_payment_org ON dues_payment (org_id, state, paid_on);
CREATE INDEX dues_payment_recorded ON dues_payment (recorded_at) WHERE state = 'RECORDED';
CREATE INDEX dues_payment_day ON dues_payment (paid_on) WHERE method = 'WECHAT';
INSERT INTO dues_payment (org_id, payer_id, method, state, amount_fen, transaction_no, idempotency_key, paid_on, recorded_by, recorded_at, settled_at, order_no)
    SELECT b.org_id, b.member_id, p.method, 'SETTLED', p.amount_fen, p.transaction_no, p.idempotency_key, p.paid_on, p.recorded_by, p.recorded_at, p.recorded_at,
           'DF0-' || p.id
    FROM dues_payment_was p JOIN dues_bill b ON b.id = p.bill_id ORDER BY p.id;

CREATE TABLE dues_payment_bill (
    id         {{pk}},
    payment_id bigint NOT NULL REFERENCES dues_payment (id),
    bill_id    bigint NOT NULL REFERENCES dues_bill (id),
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    live       boolean NOT NULL, -- the payment is OPEN, RECORDED or SETTLED, and this part was not given back
    UNIQUE (payment_id, bill_id)
);
CREATE INDEX dues_payment_bill_of ON dues_payment_bill (bill_id);
CREATE UNIQUE INDEX dues_payment_bill_live ON dues_payment_bill (bill_id) WHERE live;
INSERT INTO dues_payment_bill (payment_id, bill_id, amount_fen, live)
    SELECT p.id, w.bill_id, w.amount_fen, TRUE FROM dues_payment_was w JOIN dues_payment p ON p.order_no = 'DF0-' || w.id ORDER BY p.id;
-- A city's table tells how much was paid online: with the method beside the state it is one pass over the bills of the month.
ALTER TABLE dues_bill ADD COLUMN method text NOT NULL DEFAULT '';
DROP INDEX dues_bill_month;
CREATE INDEX dues_bill_month ON dues_bill (month, org_id, state, method, amount_fen);
UPDATE dues_bill SET method = (SELECT w.method FROM dues_payment_was w WHERE w.bill_id = dues_bill.id) WHERE id IN (SELECT bill_id FROM dues_payment_was);
DROP TABLE dues_payment_was;

CREATE TABLE dues_refund (
    id           {{pk}},
    payment_id   bigint NOT NULL REFERENCES dues_payment (id),
    bill_id      bigint REFERENCES dues_bill (id), -- empty: money that paid no bill
    refund_no    text NOT NULL UNIQUE,
    amount_fen   bigint NOT NULL CHECK (amount_fen > 0),
    reason       text NOT NULL,
    state        text NOT NULL CHECK (state IN ('REQUESTED', 'REJECTED', 'APPROVED', 'DONE', 'FAILED')),
    requested_by bigint REFERENCES account (id), -- empty: the platform found money that pays no bill
    requested_at {{time}} NOT NULL,
    decided_by   bigint REFERENCES account (id),
    decided_at   {{time}},
    note         text NOT NULL DEFAULT '',
    wechat_id    text NOT NULL DEFAULT '',
    finished_at  {{time}},
    error        text NOT NULL DEFAULT '',
    not_before   {{time}}, -- APPROVED: when it is sent or asked for next
    attempts     bigint NOT NULL DEFAULT 0,
    lease_owner  text NOT NULL DEFAULT '',
    lease_until  {{time}},
    CHECK (decided_by IS NULL OR requested_by IS NULL OR decided_by <> requested_by)
);
CREATE UNIQUE INDEX dues_refund_live ON dues_refund (payment_id, (coalesce(bill_id, 0))) WHERE state IN ('REQUESTED', 'APPROVED', 'DONE');
CREATE INDEX dues_refund_approved ON dues_refund (not_before) WHERE state = 'APPROVED';

-- WeChat Pay's pushes, so that each takes effect once.
CREATE TABLE pay_notice (
    id          {{pk}},
    notice_no   text NOT NULL UNIQUE,
    order_no    text NOT NULL DEFAULT '',
    refund_no   text NOT NULL DEFAULT '',
    state       text NOT NULL,
    amount_fen  bigint NOT NULL,
    outcome     text NOT NULL DEFAULT '',
    received_at {{time}} NOT NULL
);

-- WeChat's bill of a day, and what it says.
CREATE TABLE pay_statement (
    id          {{pk}},
    day         text NOT NULL UNIQUE,
    lines       bigint NOT NULL,
    paid_fen    bigint NOT NULL,
    refund_fen  bigint NOT NULL,
    fetched_at  {{time}} NOT NULL
);

CREATE TABLE pay_statement_line (
    id             {{pk}},
    statement_id   bigint NOT NULL REFERENCES pay_statement (id),
    kind           text NOT NULL CHECK (kind IN ('PAYMENT', 'REFUND')),
    order_no       text NOT NULL,
    transaction_no text NOT NULL,
    refund_no      text NOT NULL DEFAULT '',
    amount_fen     bigint NOT NULL,
    fee_fen        bigint NOT NULL DEFAULT 0,
    at             {{time}} NOT NULL,
    UNIQUE (statement_id, kind, order_no, refund_no)
);
CREATE INDEX pay_statement_line_order ON pay_statement_line (order_no, kind);
CREATE INDEX pay_statement_line_refund ON pay_statement_line (refund_no) WHERE kind = 'REFUND';

-- What the books and WeChat disagree on, to be worked off by people.
CREATE TABLE pay_difference (
    id             {{pk}},
    kind           text NOT NULL CHECK (kind IN ('ONLY_OURS', 'ONLY_THEIRS', 'AMOUNT')),
    found_by       text NOT NULL CHECK (found_by IN ('STATEMENT', 'NOTICE', 'QUERY')),
    day            text NOT NULL,
    payment_id     bigint REFERENCES dues_payment (id),
    refund_id      bigint REFERENCES dues_refund (id),
    order_no       text NOT NULL DEFAULT '',
    refund_no      text NOT NULL DEFAULT '',
    transaction_no text NOT NULL DEFAULT '',
    our_fen        bigint NOT NULL DEFAULT 0,
    their_fen      bigint NOT NULL DEFAULT 0,
    state          text NOT NULL CHECK (state IN ('OPEN', 'RESOLVED')),
    resolution     text NOT NULL DEFAULT '',
    found_at       {{time}} NOT NULL,
    resolved_by    bigint REFERENCES account (id),
    resolved_at    {{time}},
    UNIQUE (kind, found_by, day, order_no, refund_no)
);

-- A voluntary extra payment of 1,000 yuan or more goes whole to the top (RULES 3.2.14): never mixed with monthly dues.
CREATE TABLE dues_special (
    id             {{pk}},
    member_id      bigint NOT NULL REFERENCES member (id),
    org_id         bigint NOT NULL REFERENCES org (id),
    amount_fen     bigint NOT NULL CHECK (amount_fen > 0),
    method         text NOT NULL CHECK (method IN ('CASH', 'TRANSFER')),
    transaction_no text,
    paid_on        text NOT NULL,
    brief          text NOT NULL, -- 党员简要情况
    state          text NOT NULL CHECK (state IN ('RECORDED', 'CONFIRMED', 'REJECTED', 'FORWARDED', 'REVERSED')),
    recorded_by    bigint REFERENCES account (id),
    recorded_at    {{time}} NOT NULL,
    confirmed_by   bigint REFERENCES account (id),
    confirmed_at   {{time}},
    forwarded_on   text NOT NULL DEFAULT '',
    forward_no     text NOT NULL DEFAULT '', -- the document with which the committee handed it up
    ended_by       bigint REFERENCES account (id),
    ended_at       {{time}},
    reason         text NOT NULL DEFAULT '',
    idempotency_key text UNIQUE,
    CHECK (confirmed_by IS NULL OR recorded_by IS NULL OR confirmed_by <> recorded_by)
);
CREATE UNIQUE INDEX dues_special_transaction ON dues_special (transaction_no) WHERE state NOT IN ('REJECTED', 'REVERSED');
CREATE INDEX dues_special_org ON dues_special (org_id, state);

-- The ledger begins with what stands in the bills.
INSERT INTO ledger_account (kind, owner_type, owner_id, guarded, balance)
    SELECT 'dues_due', 'member', member_id, TRUE, sum(CASE WHEN state = 'UNPAID' THEN amount_fen ELSE 0 END)
    FROM dues_bill WHERE state IN ('UNPAID', 'PAID') AND amount_fen > 0 GROUP BY member_id;
INSERT INTO ledger_account (kind, owner_type, owner_id, guarded)
    SELECT DISTINCT 'dues_billed', 'org', org_id, FALSE FROM dues_bill WHERE state IN ('UNPAID', 'PAID') AND amount_fen > 0;
INSERT INTO ledger_account (kind, owner_type, owner_id, guarded, balance)
    SELECT CASE WHEN method = 'CASH' THEN 'dues_cash' ELSE 'dues_account' END, 'org', org_id, TRUE, sum(amount_fen)
    FROM dues_payment GROUP BY CASE WHEN method = 'CASH' THEN 'dues_cash' ELSE 'dues_account' END, org_id;
INSERT INTO ledger_transfer (key, kind, memo, at, month)
    SELECT 'dues.opening/billed/' || org_id, 'dues.opening', '账单期初', max(created_at), max(month)
    FROM dues_bill WHERE state IN ('UNPAID', 'PAID') AND amount_fen > 0 GROUP BY org_id;
INSERT INTO ledger_transfer (key, kind, memo, at, month)
    SELECT 'dues.opening/paid/' || (CASE WHEN method = 'CASH' THEN 'cash/' ELSE 'account/' END) || org_id, 'dues.opening', '缴纳期初', max(recorded_at), max(substr(paid_on, 1, 7))
    FROM dues_payment GROUP BY CASE WHEN method = 'CASH' THEN 'cash/' ELSE 'account/' END, org_id;
INSERT INTO ledger_entry (transfer_id, account_id, amount)
    SELECT t.id, a.id, b.amount FROM
      (SELECT org_id, member_id, sum(amount_fen) AS amount FROM dues_bill WHERE state IN ('UNPAID', 'PAID') AND amount_fen > 0 GROUP BY org_id, member_id) b
    JOIN ledger_transfer t ON t.key = 'dues.opening/billed/' || b.org_id
    JOIN ledger_account a ON a.kind = 'dues_due' AND a.owner_type = 'member' AND a.owner_id = b.member_id;
INSERT INTO ledger_entry (transfer_id, account_id, amount)
    SELECT t.id, a.id, -b.amount FROM
      (SELECT org_id, sum(amount_fen) AS amount FROM dues_bill WHERE state IN ('UNPAID', 'PAID') AND amount_fen > 0 GROUP BY org_id) b
    JOIN ledger_transfer t ON t.key = 'dues.opening/billed/' || b.org_id
    JOIN ledger_account a ON a.kind = 'dues_billed' AND a.owner_type = 'org' AND a.owner_id = b.org_id;
INSERT INTO ledger_entry (transfer_id, account_id, amount)
    SELECT t.id, a.id, -p.amount FROM
      (SELECT p.org_id, CASE WHEN p.method = 'CASH' THEN 'cash/' ELSE 'account/' END AS side, b.member_id, sum(pb.amount_fen) AS amount
       FROM dues_payment p JOIN dues_payment_bill pb ON pb.payment_id = p.id JOIN dues_bill b ON b.id = pb.bill_id
       GROUP BY p.org_id, CASE WHEN p.method = 'CASH' THEN 'cash/' ELSE 'account/' END, b.member_id) p
    JOIN ledger_transfer t ON t.key = 'dues.opening/paid/' || p.side || p.org_id
    JOIN ledger_account a ON a.kind = 'dues_due' AND a.owner_type = 'member' AND a.owner_id = p.member_id;
INSERT INTO ledger_entry (transfer_id, account_id, amount)
    SELECT t.id, a.id, p.amount FROM
      (SELECT org_id, CASE WHEN method = 'CASH' THEN 'cash' ELSE 'account' END AS side, sum(amount_fen) AS amount
       FROM dues_payment GROUP BY org_id, CASE WHEN method = 'CASH' THEN 'cash' ELSE 'account' END) p
    JOIN ledger_transfer t ON t.key = 'dues.opening/paid/' || p.side || '/' || p.org_id
    JOIN ledger_account a ON a.kind = 'dues_' || p.side AND a.owner_type = 'org' AND a.owner_id = p.org_id;

-- +goose Down
DROP TABLE dues_special;
DROP TABLE pay_difference;
DROP TABLE pay_statement_line;
DROP TABLE pay_statement;
DROP TABLE pay_notice;
DROP TABLE dues_refund;
DROP TABLE dues_payment_bill;
