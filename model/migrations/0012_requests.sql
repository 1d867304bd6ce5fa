-- +goose Up
-- Citizens' requests, whole: who may know the citizen, the clock with its pauses and extensions, what units do together.

{{recheck request source 'oa', 'mp', 'web', 'desk', 'api'}}
{{recheck request state 'SUBMITTED', 'ACCEPTED', 'REFERRED', 'HANDLING', 'RETURNED', 'CLOSED', 'RATED', 'UNRATED', 'REOPENED', 'DECLINED', 'DUPLICATE', 'WITHDRAWN', 'CONVERSATION'}}

ALTER TABLE request ADD COLUMN confidential boolean NOT NULL DEFAULT FALSE;
ALTER TABLE request ADD COLUMN reply_wanted boolean NOT NULL DEFAULT FALSE;
ALTER TABLE request ADD COLUMN subject_department_id bigint REFERENCES department (id);
ALTER TABLE request ADD COLUMN unit_content text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN topic text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN priority bigint NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN disposition text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN decline_reason text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN final boolean NOT NULL DEFAULT FALSE;
ALTER TABLE request ADD COLUMN repeat_of bigint REFERENCES request (id);
ALTER TABLE request ADD COLUMN repeats bigint NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN chases bigint NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN chased_at {{time}};
ALTER TABLE request ADD COLUMN api_key_id bigint;
ALTER TABLE request ADD COLUMN external_id text NOT NULL DEFAULT '';
-- The open limit as its events made it; the deadline is worked out from these, the pauses and the holiday table.
ALTER TABLE request ADD COLUMN clock_seq bigint NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN clock_from text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN clock_days bigint NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN paused boolean NOT NULL DEFAULT FALSE;
ALTER TABLE request ADD COLUMN contact_by {{time}};
ALTER TABLE request ADD COLUMN contacted_at {{time}};
-- The milestones that the four rates count by, as the steps made them.
ALTER TABLE request ADD COLUMN submitted_on text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN accepted_on text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN accept_met boolean;
ALTER TABLE request ADD COLUMN refer_due text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN referred_on text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN refer_met boolean;
ALTER TABLE request ADD COLUMN handle_due text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN closed_on text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN close_met boolean;
ALTER TABLE request ADD COLUMN rated_on text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN unrated_on text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN solved boolean;
ALTER TABLE request ADD COLUMN excluded_on text NOT NULL DEFAULT '';

-- What is there already: its milestones and its open limit, read off its steps.
UPDATE request SET submitted_on = {{day submitted_at}},
    accepted_on = coalesce((SELECT min({{day at}}) FROM request_step s WHERE s.request_id = request.id AND s.action = 'accept'), ''),
    accept_met = (SELECT s.met FROM request_step s WHERE s.request_id = request.id AND s.action = 'accept'),
    refer_due = coalesce((SELECT min(s.deadline) FROM request_step s WHERE s.request_id = request.id AND s.action = 'refer'), ''),
    referred_on = coalesce((SELECT min({{day at}}) FROM request_step s WHERE s.request_id = request.id AND s.action = 'refer'), ''),
    refer_met = (SELECT s.met FROM request_step s WHERE s.request_id = request.id AND s.action = 'refer'),
    handle_due = coalesce((SELECT max(s.deadline) FROM request_step s WHERE s.request_id = request.id AND s.action IN ('close', 'answer')), ''),
    closed_on = coalesce((SELECT max({{day at}}) FROM request_step s WHERE s.request_id = request.id AND s.action IN ('close', 'answer')), ''),
    close_met = (SELECT s.met FROM request_step s WHERE s.request_id = request.id AND s.action IN ('close', 'answer')),
    rated_on = coalesce((SELECT max({{day at}}) FROM request_step s WHERE s.request_id = request.id AND s.action = 'rate'), ''),
    unrated_on = coalesce((SELECT max({{day at}}) FROM request_step s WHERE s.request_id = request.id AND s.action = 'expire'), ''),
    disposition = CASE WHEN EXISTS (SELECT 1 FROM request_step s WHERE s.request_id = request.id AND s.action = 'answer') THEN 'ANSWER'
                       WHEN EXISTS (SELECT 1 FROM request_step s WHERE s.request_id = request.id AND s.action = 'refer') THEN 'REFER' ELSE '' END,
    clock_seq = coalesce((SELECT max(s.seq) FROM request_step s WHERE s.request_id = request.id AND s.action IN ('submit', 'accept', 'refer', 'answer', 'close')), 0);
UPDATE request SET handle_due = deadline WHERE clock = 'HANDLE';
UPDATE request SET refer_due = deadline WHERE clock = 'REFER';
UPDATE request SET clock_from = (SELECT {{day at}} FROM request_step s WHERE s.request_id = request.id AND s.seq = request.clock_seq) WHERE clock <> '';
UPDATE request SET clock_days = coalesce((SELECT l.working_days FROM time_limit l WHERE l.step = request.clock AND l.category IN ('', request.category)
    AND l.effective_from <= request.clock_from ORDER BY l.category DESC, l.effective_from DESC LIMIT 1), 0) WHERE clock <> '';

-- Numbers of requests. They began anew each day until now: none of today's is as great as the number of all.
{{counter request_number (SELECT count(*) FROM request)}}

-- The rates of a year are counted along these five and request_rating_day, in their order, without a look at the rows.
CREATE INDEX request_submitted ON request (submitted_on, department_id, state, accepted_on, decline_reason, excluded_on);
CREATE INDEX request_accepted ON request (accepted_on, department_id, state, disposition, referred_on, clock, refer_due, refer_met, closed_on, excluded_on);
CREATE INDEX request_due ON request (handle_due, department_id, state, accepted_on, closed_on, clock, paused, close_met, excluded_on);
CREATE INDEX request_closed ON request (closed_on, department_id, state, solved, excluded_on);
CREATE INDEX request_unrated ON request (unrated_on, department_id, excluded_on, reopen_count) WHERE unrated_on > '';
CREATE INDEX request_excluded ON request (id) WHERE excluded_on <> '';
CREATE INDEX request_clocked ON request (deadline, clock) WHERE clock <> '';
CREATE UNIQUE INDEX request_external ON request (api_key_id, external_id) WHERE external_id <> '';
CREATE INDEX request_duplicate ON request (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX request_intake ON request (intake_department_id, state);
CREATE INDEX request_step_missed ON request_step (at) WHERE met = FALSE;

ALTER TABLE request_part ADD COLUMN author text NOT NULL DEFAULT 'citizen';
ALTER TABLE request_part ADD COLUMN lost boolean NOT NULL DEFAULT FALSE;
ALTER TABLE request_part ADD COLUMN lost_reason text NOT NULL DEFAULT '';

-- Who the citizen is, apart from the request and sealed: what reads requests cannot read this.
CREATE TABLE request_identity (
    request_id   bigint NOT NULL PRIMARY KEY REFERENCES request (id),
    name_sealed  text NOT NULL DEFAULT '',
    phone_sealed text NOT NULL DEFAULT '',
    phone_index  text NOT NULL DEFAULT '', -- for finding the same citizen
    created_at   {{time}} NOT NULL
);
CREATE INDEX request_identity_phone ON request_identity (phone_index) WHERE phone_index <> '';

-- A reading of who the citizen is: the citizen sees how often, and by which office. Why, the audit log says.
CREATE TABLE request_reading (
    id            {{pk}},
    request_id    bigint NOT NULL REFERENCES request (id),
    account_id    bigint NOT NULL REFERENCES account (id),
    department_id bigint REFERENCES department (id), -- empty: the window
    read_at       {{time}} NOT NULL
);
CREATE INDEX request_reading_request ON request_reading (request_id);

-- A pause of the open limit. The working days after its first day, up to its last, do not count.
CREATE TABLE request_pause (
    id         {{pk}},
    request_id bigint NOT NULL REFERENCES request (id),
    clock_seq  bigint NOT NULL, -- of the limit that stands still
    reason     text NOT NULL, -- code of the list pause_reason
    note       text NOT NULL DEFAULT '',
    paused_on  text NOT NULL,
    paused_by  bigint REFERENCES account (id),
    resumed_on text NOT NULL DEFAULT '', -- empty: it stands still
    resumed_by bigint REFERENCES account (id),
    created_at {{time}} NOT NULL
);
CREATE INDEX request_pause_request ON request_pause (request_id);
CREATE UNIQUE INDEX request_pause_open ON request_pause (request_id) WHERE resumed_on = '';

-- An extension that a unit asks for, once for a limit (RULES 9.2).
CREATE TABLE request_extension (
    id           {{pk}},
    request_id   bigint NOT NULL REFERENCES request (id),
    clock_seq    bigint NOT NULL,
    working_days bigint NOT NULL CHECK (working_days > 0),
    reason       text NOT NULL,
    state        text NOT NULL CHECK (state IN ('ASKED', 'GRANTED', 'REFUSED')),
    asked_by     bigint REFERENCES account (id),
    asked_on     text NOT NULL,
    decided_by   bigint REFERENCES account (id),
    note         text NOT NULL DEFAULT '',
    created_at   {{time}} NOT NULL,
    decided_at   {{time}},
    UNIQUE (request_id, clock_seq)
);

-- A unit that helps the lead unit with a part of its own.
CREATE TABLE request_helper (
    id            {{pk}},
    request_id    bigint NOT NULL REFERENCES request (id),
    department_id bigint NOT NULL REFERENCES department (id),
    part          text NOT NULL,
    deadline      text NOT NULL,
    state         text NOT NULL CHECK (state IN ('OPEN', 'DONE', 'CANCELLED')),
    result        text NOT NULL DEFAULT '',
    asked_by      bigint REFERENCES account (id),
    done_by       bigint REFERENCES account (id),
    created_at    {{time}} NOT NULL,
    done_at       {{time}},
    UNIQUE (request_id, department_id)
);
CREATE INDEX request_helper_department ON request_helper (department_id, state);

-- Every rating that a citizen gave, also those of merged requests and of earlier rounds.
CREATE TABLE request_rating (
    id            {{pk}},
    request_id    bigint NOT NULL REFERENCES request (id),
    round         bigint NOT NULL, -- 0: the first closing, 1: after the first reopening
    rating        bigint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    solved        boolean,
    note          text NOT NULL DEFAULT '',
    department_id bigint REFERENCES department (id), -- that had closed it
    rated_on      text NOT NULL,
    created_at    {{time}} NOT NULL,
    UNIQUE (request_id, round)
);
CREATE INDEX request_rating_day ON request_rating (rated_on, department_id, rating, request_id);
INSERT INTO request_rating (request_id, round, rating, note, department_id, rated_on, created_at)
    SELECT id, 0, rating, rating_note, department_id, rated_on, updated_at FROM request WHERE rating IS NOT NULL;

-- A call-back after a closing: due on the next working day, for every closing.
CREATE TABLE request_revisit (
    id            {{pk}},
    request_id    bigint NOT NULL REFERENCES request (id),
    round         bigint NOT NULL,
    department_id bigint REFERENCES department (id), -- that had closed it; empty: the window
    due           text NOT NULL,
    state         text NOT NULL CHECK (state IN ('WAITING', 'DONE', 'UNREACHED')),
    tries         bigint NOT NULL DEFAULT 0,
    solved        boolean,
    satisfied     boolean,
    false_closing boolean NOT NULL DEFAULT FALSE,
    note          text NOT NULL DEFAULT '',
    done_by       bigint REFERENCES account (id),
    created_at    {{time}} NOT NULL,
    done_at       {{time}},
    UNIQUE (request_id, round)
);
CREATE INDEX request_revisit_waiting ON request_revisit (due) WHERE state = 'WAITING';

-- A closed request that a person has released for everybody to read, in words that are fit for it.
CREATE TABLE request_release (
    request_id   bigint NOT NULL PRIMARY KEY REFERENCES request (id),
    title        text NOT NULL,
    content      text NOT NULL,
    answer       text NOT NULL,
    released_by  bigint REFERENCES account (id),
    released_at  {{time}} NOT NULL,
    withdrawn_by bigint REFERENCES account (id),
    withdrawn_at {{time}}
);
CREATE INDEX request_release_at ON request_release (released_at);

-- What stands in the conversation of an official account beside requests: messages that ask for nothing, and answers.
CREATE TABLE contact_message (
    id          {{pk}},
    contact_id  bigint NOT NULL REFERENCES contact (id),
    direction   text NOT NULL CHECK (direction IN ('in', 'out')),
    type        text NOT NULL CHECK (type IN ('text', 'image', 'location', 'voice')),
    content     text NOT NULL DEFAULT '',
    file_id     bigint REFERENCES file (id),
    callback_id bigint UNIQUE REFERENCES callback (id),
    account_id  bigint REFERENCES account (id), -- who answered
    message_id  bigint REFERENCES message (id), -- the delivery of the answer
    created_at  {{time}} NOT NULL
);
CREATE INDEX contact_message_contact ON contact_message (contact_id, id);
CREATE INDEX contact_message_file ON contact_message (file_id);

ALTER TABLE official_account ADD COLUMN authorization_kind text NOT NULL DEFAULT 'direct';
ALTER TABLE official_account ADD COLUMN refresh_token_sealed text NOT NULL DEFAULT '';
ALTER TABLE official_account ADD COLUMN authorized_at {{time}};
ALTER TABLE official_account ADD COLUMN unauthorized_at {{time}};
ALTER TABLE official_account ADD COLUMN permissions text NOT NULL DEFAULT '';
ALTER TABLE official_account ADD COLUMN menu_set_at {{time}};
ALTER TABLE official_account ADD COLUMN greeting text NOT NULL DEFAULT '';

-- What the open platform last pushed about our third-party platform.
CREATE TABLE component_ticket (
    appid         text NOT NULL PRIMARY KEY,
    ticket_sealed text NOT NULL,
    received_at   {{time}} NOT NULL
);

-- A way to the open platform's page on which a unit authorises us: who began it, for which unit.
CREATE TABLE component_authorization (
    id            {{pk}},
    state_hash    text NOT NULL UNIQUE, -- of the word in the address, which comes back
    department_id bigint NOT NULL REFERENCES department (id),
    begun_by      bigint NOT NULL REFERENCES account (id),
    created_at    {{time}} NOT NULL,
    expires_at    {{time}} NOT NULL,
    used_at       {{time}},
    appid         text NOT NULL DEFAULT ''
);

-- A key with which a department's own system takes and returns requests (Open311 GeoReport v2).
CREATE TABLE api_key (
    id            {{pk}},
    name          text NOT NULL,
    department_id bigint NOT NULL REFERENCES department (id),
    account_id    bigint NOT NULL REFERENCES account (id), -- in whose name steps are taken
    prefix        text NOT NULL, -- shown in lists
    key_hash      text NOT NULL UNIQUE,
    created_by    bigint REFERENCES account (id),
    created_at    {{time}} NOT NULL,
    last_used_on  text NOT NULL DEFAULT '',
    revoked_at    {{time}}
);

INSERT INTO time_limit (step, category, working_days, effective_from) VALUES
    ('ANSWER', '', 1, '2000-01-01'),
    ('ANSWER', 'CONSULT', 3, '2000-01-01'),
    ('ACCEPT', 'URGENT', 0, '2000-01-01'),
    ('REFER', 'URGENT', 0, '2000-01-01'),
    ('HELPER', '', 3, '2000-01-01');

INSERT INTO rule_value (family, code, variant, value, rule_set, effective_from, clause) VALUES
    ('o2o', 'FIRST_CONTACT_HOURS', 'URGENT', 2, '', '2000-01-01', '应急诉求：受理后2小时内首次联系'),
    ('o2o', 'CHASE_HOURS', '', 24, '', '2000-01-01', '本平台默认：两次催办至少间隔24小时'),
    ('o2o', 'REPEAT_DAYS', '', 30, '', '2000-01-01', '本平台默认：同一群众30天内就同一事项再次反映，登记为重复反映'),
    ('o2o', 'REPEAT_PRIORITY', '', 3, '', '2000-01-01', '本平台默认：反映3次起提高优先级'),
    ('o2o', 'NEAR_METRES', '', 300, '', '2000-01-01', '本平台默认：相距300米以内视为同一地点'),
    ('o2o', 'SIMILAR_PERCENT', '', 45, '', '2000-01-01', '本平台默认：文字相似度达到45%提示可能重复'),
    ('o2o', 'PAUSE_DAYS_MOST', '', 10, '', '2000-01-01', '本平台默认：一次暂停最长10个工作日，到期自动恢复计时'),
    ('o2o', 'RETURNS_TO_CITY', '', 2, '', '2000-01-01', '第二次退回由市级管理员指定，指定即为最终'),
    ('o2o', 'REOPEN_MOST', '', 2, '', '2000-01-01', '本平台默认：群众可要求重新办理两次，第二次由单位负责人办理'),
    ('o2o', 'WARN_BEFORE', 'REMINDER', 1, '', '2000-01-01', '到期前1个工作日提醒'),
    ('o2o', 'WARN_AFTER', 'CHASE', 1, '', '2000-01-01', '逾期1个工作日督办'),
    ('o2o', 'WARN_AFTER', 'CRITICISM', 5, '', '2000-01-01', '逾期5个工作日通报'),
    ('o2o', 'REVISIT_TRIES', '', 3, '', '2000-01-01', '本平台默认：回访3次联系不上，登记为未联系上'),
    ('o2o', 'MONTH_CLOSES_ON', '', 10, '', '2000-01-01', '本平台默认：每月10日结清上月四率'),
    ('o2o', 'WEB_REQUESTS_PER_HOUR', '', 10, '', '2000-01-01', '本平台默认：同一网络地址每小时最多在网页提交10件'),
    ('o2o', 'FOLLOW_TRIES_PER_HOUR', '', 30, '', '2000-01-01', '本平台默认：同一网络地址每小时最多输错30次编号或查询码'),
    ('o2o', 'SCORE_BASE', '', 10000, '', '2000-01-01', '本平台默认：单位月度得分以100分为基础（单位：百分之一分）'),
    ('o2o', 'SCORE', 'OVERDUE', -50, '', '2000-01-01', '每件逾期扣0.5分'),
    ('o2o', 'SCORE', 'CRITICISM', -100, '', '2000-01-01', '本平台默认：每次通报扣1分'),
    ('o2o', 'SCORE', 'FALSE_CLOSING', -200, '', '2000-01-01', '本平台默认：每件虚假办结扣2分'),
    ('o2o', 'SCORE', 'DISSATISFIED', -20, '', '2000-01-01', '本平台默认：每件不满意扣0.2分'),
    ('o2o', 'SCORE', 'SATISFIED', 5, '', '2000-01-01', '本平台默认：每件基本满意及以上加0.05分');

INSERT INTO lookup (list, seq, code, title, band) VALUES
    ('request_topic', 1, 'WATER', '供水排水', ''), ('request_topic', 2, 'ROAD', '道路交通', ''), ('request_topic', 3, 'HOUSING', '住房物业', ''),
    ('request_topic', 4, 'SANITATION', '市容环卫', ''), ('request_topic', 5, 'POWER', '供电燃气', ''), ('request_topic', 6, 'EDUCATION', '教育', ''),
    ('request_topic', 7, 'HEALTH', '医疗卫生', ''), ('request_topic', 8, 'WELFARE', '社会保障', ''), ('request_topic', 9, 'ENVIRONMENT', '生态环境', ''),
    ('request_topic', 10, 'LAND', '土地规划', ''), ('request_topic', 11, 'MARKET', '市场消费', ''), ('request_topic', 12, 'SAFETY', '公共安全', ''),
    ('request_topic', 13, 'CONDUCT', '作风效能', ''), ('request_topic', 14, 'OTHER', '其他', ''),
    ('pause_reason', 1, 'CITIZEN', '等待群众补充材料', ''), ('pause_reason', 2, 'APPRAISAL', '等待检测鉴定', ''),
    ('pause_reason', 3, 'PROCEDURE', '等待法定程序', ''), ('pause_reason', 4, 'WEATHER', '天气等不可抗力', ''),
    ('decline_reason', 1, 'EMERGENCY', '紧急情况（110、119、120、122）', ''), ('decline_reason', 2, 'LEGAL', '诉讼、仲裁、复议或信访程序中', ''),
    ('decline_reason', 3, 'SECRET', '涉及国家秘密', ''), ('decline_reason', 4, 'OUT_OF_SCOPE', '不属于本市职责范围', ''),
    ('decline_reason', 5, 'UNCLEAR', '内容不清且无法联系', ''), ('decline_reason', 6, 'OTHER', '其他', '');

INSERT INTO job_time (job, effective_from, pattern, day, hour, minute) VALUES
    ('request-clock', '2000-01-01', 'daily', 0, 0, 20),
    ('request-warnings', '2000-01-01', 'daily', 0, 8, 30),
    ('request-month', '2000-01-01', 'monthly', 10, 2, 0);

-- +goose Down
DELETE FROM job_time WHERE job IN ('request-clock', 'request-warnings', 'request-month');
DELETE FROM lookup WHERE list IN ('request_topic', 'pause_reason', 'decline_reason');
DELETE FROM rule_value WHERE family = 'o2o';
DELETE FROM time_limit WHERE step IN ('ANSWER', 'HELPER') OR (step IN ('ACCEPT', 'REFER') AND category = 'URGENT');
DROP TABLE api_key;
DROP TABLE component_authorization;
DROP TABLE component_ticket;
DROP TABLE contact_message;
DROP TABLE request_release;
DROP TABLE request_revisit;
DROP TABLE request_rating;
DROP TABLE request_helper;
DROP TABLE request_extension;
DROP TABLE request_pause;
DROP TABLE request_reading;
DROP TABLE request_identity;
