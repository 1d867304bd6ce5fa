-- +goose Up
-- What is owed: settings, assessments with their items, reliefs, bills with their run (RULES 3).

{{recheck role_grant role 'leader', 'admin', 'desk', 'department_leader', 'department_handler', 'identity_reader', 'dues_collector'}}

-- What an organisation decides for itself and everything below it that has no row of its own.
CREATE TABLE dues_setting (
    id             {{pk}},
    org_id         bigint NOT NULL UNIQUE REFERENCES org (id),
    pay_for_others boolean NOT NULL DEFAULT FALSE, -- a member may pay for another of the same branch (RULES 3.2.10)
    quarterly      boolean NOT NULL DEFAULT FALSE, -- the months of the current quarter may be paid ahead (3.2.11)
    collection_day bigint NOT NULL DEFAULT 0,      -- of the month; 0: none is fixed (3.2.16)
    version        bigint NOT NULL DEFAULT 1,
    updated_by     bigint REFERENCES account (id),
    updated_at     {{time}} NOT NULL
);

-- The items that a base is made of, with their treatment where no organisation decides otherwise (3.2.4-3.2.7).
CREATE TABLE dues_base_item (
    id        {{pk}},
    category  text NOT NULL,
    code      text NOT NULL,
    title     text NOT NULL,
    treatment text NOT NULL CHECK (treatment IN ('INCLUDE', 'DEDUCT', 'IGNORE')),
    seq       bigint NOT NULL,
    clause    text NOT NULL DEFAULT '',
    UNIQUE (category, code)
);

CREATE TABLE dues_base_choice (
    id         {{pk}},
    org_id     bigint NOT NULL REFERENCES org (id),
    item_id    bigint NOT NULL REFERENCES dues_base_item (id),
    treatment  text NOT NULL CHECK (treatment IN ('INCLUDE', 'DEDUCT', 'IGNORE')),
    updated_by bigint REFERENCES account (id),
    updated_at {{time}} NOT NULL,
    UNIQUE (org_id, item_id)
);

-- A corrected assessment stays, marked as replaced: of each member and month one counts.
CREATE TABLE dues_assessment_was AS SELECT * FROM dues_assessment;
DROP TABLE dues_assessment;
CREATE TABLE dues_assessment (
    id              {{pk}},
    member_id       bigint NOT NULL REFERENCES member (id),
    category        text NOT NULL,
    base_fen        bigint NOT NULL DEFAULT 0, -- what the rate is applied to
    quarter_net_fen bigint NOT NULL DEFAULT 0, -- SELF_EMPLOYED: what the base was worked out from
    amount_fen      bigint NOT NULL, -- what the rule makes of the base
    rate_bp         bigint NOT NULL DEFAULT 0,
    clause          text NOT NULL DEFAULT '',
    effective_month text NOT NULL,
    reason          text NOT NULL DEFAULT '',
    decision_no     text NOT NULL DEFAULT '',
    batch_id        bigint REFERENCES import_batch (id),
    created_by      bigint REFERENCES account (id),
    created_at      {{time}} NOT NULL,
    replaced_by     bigint REFERENCES account (id),
    replaced_at     {{time}}
);
CREATE UNIQUE INDEX dues_assessment_current ON dues_assessment (member_id, effective_month) WHERE replaced_at IS NULL;
CREATE INDEX dues_assessment_batch ON dues_assessment (batch_id);
INSERT INTO dues_assessment (member_id, category, base_fen, amount_fen, rate_bp, effective_month, decision_no, created_by, created_at)
    SELECT member_id, category, base_fen, amount_fen, rate_bp, effective_month, decision_no, created_by, created_at
    FROM dues_assessment_was ORDER BY id;
DROP TABLE dues_assessment_was;

CREATE TABLE dues_assessment_item (
    id            {{pk}},
    assessment_id bigint NOT NULL REFERENCES dues_assessment (id),
    code          text NOT NULL,
    title         text NOT NULL,
    treatment     text NOT NULL CHECK (treatment IN ('INCLUDE', 'DEDUCT', 'IGNORE')),
    amount_fen    bigint NOT NULL CHECK (amount_fen >= 0),
    UNIQUE (assessment_id, code)
);

-- Rows of an Excel file on their way to assessments.
CREATE TABLE dues_assessment_draft (
    id              {{pk}},
    batch_id        bigint NOT NULL REFERENCES import_batch (id),
    row_no          bigint NOT NULL,
    name            text NOT NULL DEFAULT '',
    id_index        text NOT NULL DEFAULT '',
    member_id       bigint,
    category        text NOT NULL DEFAULT '',
    quarter_net_fen bigint NOT NULL DEFAULT 0,
    base_fen        bigint NOT NULL DEFAULT 0,
    amount_fen      bigint NOT NULL DEFAULT 0,
    rate_bp         bigint NOT NULL DEFAULT 0,
    clause          text NOT NULL DEFAULT '',
    effective_month text NOT NULL DEFAULT '',
    reason          text NOT NULL DEFAULT '',
    items           text NOT NULL DEFAULT '[]', -- JSON: code, title, treatment, amount_fen
    error           text NOT NULL DEFAULT '',
    UNIQUE (batch_id, row_no)
);
CREATE INDEX dues_assessment_draft_id_index ON dues_assessment_draft (batch_id, id_index);

-- Reduced or exempt: studied by the branch, decided one level up (3.1, art. 7).
CREATE TABLE dues_relief (
    id               {{pk}},
    member_id        bigint NOT NULL REFERENCES member (id),
    org_id           bigint NOT NULL REFERENCES org (id), -- the branch that asked
    category         text NOT NULL CHECK (category IN ('EXEMPT', 'REDUCED')),
    amount_fen       bigint NOT NULL DEFAULT 0 CHECK (amount_fen >= 0), -- REDUCED: what is left to pay a month
    from_month       text NOT NULL,
    to_month         text NOT NULL,
    reason           text NOT NULL,
    studied_on       text NOT NULL, -- the branch's meeting
    state            text NOT NULL CHECK (state IN ('PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
    decision_no      text NOT NULL DEFAULT '', -- of the committee
    decision_note    text NOT NULL DEFAULT '',
    requested_by     bigint REFERENCES account (id),
    requested_at     {{time}} NOT NULL,
    decided_by       bigint REFERENCES account (id),
    decided_at       {{time}},
    CHECK (from_month <= to_month)
);
CREATE INDEX dues_relief_member ON dues_relief (member_id, state);
CREATE INDEX dues_relief_org ON dues_relief (org_id, state);

CREATE TABLE dues_run (
    id      {{pk}},
    month   text NOT NULL,
    everyone boolean NOT NULL, -- the month's own run, and not one for some members
    made_at {{time}} NOT NULL
);

{{recheck dues_bill state 'UNPAID', 'PAID', 'EXEMPT', 'CANCELLED'}}
ALTER TABLE dues_bill ADD COLUMN run_id bigint REFERENCES dues_run (id);
ALTER TABLE dues_bill ADD COLUMN assessment_id bigint REFERENCES dues_assessment (id);
ALTER TABLE dues_bill ADD COLUMN relief_id bigint REFERENCES dues_relief (id);
ALTER TABLE dues_bill ADD COLUMN revision bigint NOT NULL DEFAULT 0; -- counts the changes of the amount
ALTER TABLE dues_bill ADD COLUMN note text NOT NULL DEFAULT '';      -- why it was cancelled
UPDATE dues_bill SET assessment_id = (SELECT a.id FROM dues_assessment a WHERE a.member_id = dues_bill.member_id AND a.effective_month =
    (SELECT max(x.effective_month) FROM dues_assessment x WHERE x.member_id = dues_bill.member_id AND x.effective_month <= dues_bill.month));
CREATE INDEX dues_bill_assessment ON dues_bill (assessment_id); -- an assessment that is taken back must be named by none
CREATE INDEX dues_bill_open ON dues_bill (org_id, member_id, month, amount_fen) WHERE state = 'UNPAID';

INSERT INTO rule_value (family, code, variant, value, rule_set, effective_from, clause) VALUES
    ('dues', 'ROUND_TO_FEN', '', 1, '', '2008-04-01', '国家没有统一规定，默认到分；10为到角，100为到元'),
    ('dues', 'REASSESS_ON_CHANGE', '', 0, '', '2008-04-01', '中组发〔2008〕3号第十条：年初核定一般一年不变；1为收入变动时可重新核定'),
    ('dues', 'BACK_PAY_MONTHS', '', 6, '', '2008-04-01', '中组发〔2008〕3号第十二条：补缴一般不超过6个月'),
    ('dues', 'ARREARS_MONTHS', 'BRANCH', 2, '', '2008-04-01', '本平台默认：连续2个月未缴提醒党支部'),
    ('dues', 'ARREARS_MONTHS', 'COMMITTEE', 4, '', '2008-04-01', '本平台默认：连续4个月未缴提醒党委'),
    ('dues', 'ARREARS_MONTHS', 'CASE', 6, '', '2008-04-01', '中组发〔2008〕3号第十三条：连续6个月不缴按自行脱党，由组织研究'),
    ('dues', 'SPECIAL_LEAST_FEN', '', 100000, '', '2008-04-01', '中组发〔2008〕3号第十一条：一次多缴1000元以上'),
    ('dues', 'RELIEF_MONTHS_MOST', '', 12, '', '2008-04-01', '本平台默认：每次减免最长12个月'),
    ('dues', 'ORDER_MINUTES', '', 30, '', '2008-04-01', '本平台默认：网上支付单的有效时间'),
    ('dues', 'QUERY_SECONDS', '', 300, '', '2008-04-01', '微信支付：超过5分钟未收到通知应主动查询'),
    ('dues', 'RATE_LOW_BP', '', 9500, '', '2008-04-01', '本平台默认：季度收缴率低于95%列入问题清单'),
    ('dues', 'RATE_FALL_BP', '', 500, '', '2008-04-01', '本平台默认：收缴率比上季度下降5个百分点以上列入问题清单'),
    ('dues', 'CONFIRM_DAYS', '', 7, '', '2008-04-01', '本平台默认：登记后超过7天未复核列入问题清单');

INSERT INTO lookup (list, seq, code, title, band) VALUES
    ('dues_category', 1, 'SALARIED', '按月领取工资的党员', ''),
    ('dues_category', 2, 'ANNUAL_SALARY', '实行年薪制的党员', ''),
    ('dues_category', 3, 'SELF_EMPLOYED', '不按月取得收入的党员', ''),
    ('dues_category', 4, 'RETIRED', '离退休党员', ''),
    ('dues_category', 5, 'FARMER', '农民党员', ''),
    ('dues_category', 6, 'VILLAGE_CADRE_ALLOWANCE', '有固定补贴的村干部党员', ''),
    ('dues_category', 7, 'STUDENT', '学生党员', ''),
    ('dues_category', 8, 'UNEMPLOYED', '下岗失业的党员', ''),
    ('dues_category', 9, 'RELIEF', '依靠抚恤或救济生活的党员', ''),
    ('dues_category', 10, 'MIN_LIVING', '领取最低生活保障金的党员', ''),
    ('dues_category', 11, 'EXEMPT', '免缴', ''),
    ('dues_category', 12, 'REDUCED', '减缴', '');

INSERT INTO dues_base_item (category, code, title, treatment, seq, clause) VALUES
    ('SALARIED', 'POST_PAY', '职务（岗位）工资', 'INCLUDE', 1, '中组发〔2008〕3号第一条'),
    ('SALARIED', 'GRADE_PAY', '级别（薪级、技能）工资', 'INCLUDE', 2, '中组发〔2008〕3号第一条'),
    ('SALARIED', 'ALLOWANCE', '规范后的津贴补贴', 'INCLUDE', 3, '中组发〔2008〕3号第一条'),
    ('SALARIED', 'BASIC_PERFORMANCE', '基础性绩效工资', 'INCLUDE', 4, '中组发〔2008〕3号第一条'),
    ('SALARIED', 'REGULAR_BONUS', '按月固定发放的奖金', 'INCLUDE', 5, '中组发〔2008〕3号第一条'),
    ('SALARIED', 'INCOME_TAX', '个人所得税', 'DEDUCT', 6, '中组发〔2008〕3号第一条：税后'),
    ('SALARIED', 'SOCIAL_INSURANCE', '个人缴纳的社会保险费', 'DEDUCT', 7, '各地口径不一，由组织设定'),
    ('SALARIED', 'HOUSING_FUND', '个人缴纳的住房公积金', 'DEDUCT', 8, '各地口径不一，由组织设定'),
    ('SALARIED', 'ANNUITY', '个人缴纳的职业（企业）年金', 'DEDUCT', 9, '各地口径不一，由组织设定'),
    ('SALARIED', 'HARDSHIP_ALLOWANCE', '艰苦边远地区等特殊津贴', 'IGNORE', 10, '不计入基数'),
    ('SALARIED', 'REFORM_SUBSIDY', '住房、交通、通讯、误餐等改革性补贴', 'IGNORE', 11, '不计入基数'),
    ('SALARIED', 'IRREGULAR_BONUS', '一次性或非普遍发放的奖金', 'IGNORE', 12, '不计入基数'),
    ('RETIRED', 'PENSION', '每月实领的离退休费或养老金', 'INCLUDE', 1, '中组发〔2008〕3号第五条'),
    ('RETIRED', 'PENSION_SUBSIDY', '离退休补贴', 'IGNORE', 2, '各地口径不一，由组织设定');

INSERT INTO job_time (job, effective_from, pattern, day, hour, minute) VALUES
    ('dues-arrears', '2000-01-01', 'monthly', 1, 9, 30),
    ('dues-quarter', '2000-01-01', 'monthly', 1, 8, 50),
    ('dues-statement', '2000-01-01', 'daily', 0, 10, 30);

-- +goose Down
DELETE FROM job_time WHERE job IN ('dues-arrears', 'dues-quarter', 'dues-statement');
DELETE FROM lookup WHERE list = 'dues_category';
DELETE FROM rule_value WHERE family = 'dues';
