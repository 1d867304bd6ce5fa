-- +goose Up
-- Member development (发展党员): one course of one person, its steps, papers, sponsors, notices and deadlines.

CREATE TABLE development (
    id               {{pk}},
    org_id           bigint NOT NULL REFERENCES org (id),
    name             text NOT NULL,
    pinyin           text NOT NULL DEFAULT '',
    id_sealed        text NOT NULL,
    id_index         text NOT NULL,
    phone_sealed     text NOT NULL DEFAULT '',
    phone_index      text NOT NULL DEFAULT '',
    sex              text NOT NULL CHECK (sex IN ('MALE', 'FEMALE')),
    born_on          text NOT NULL,
    ethnic_group     text NOT NULL DEFAULT '汉族',
    education        text NOT NULL DEFAULT '',
    occupation       text NOT NULL DEFAULT '',
    work_unit        text NOT NULL DEFAULT '',
    state            text NOT NULL CHECK (state IN ('APPLICANT', 'ACTIVIST', 'CANDIDATE', 'ADMITTED', 'PROBATIONARY', 'FULL',
                         'REJECTED', 'CANCELLED', 'WITHDRAWN', 'STOPPED')),
    applied_on       text NOT NULL,
    talked_on        text,
    activist_on      text,
    candidate_on     text,
    trained_on       text,
    pre_reviewed_on  text,
    admitted_on      text, -- T5, the branch meeting
    reported_on      text, -- the resolution went to the committee
    approved_on      text, -- T6
    oath_on          text,
    probation_months bigint NOT NULL DEFAULT 12, -- with extension
    probation_ends_on text, -- the full-member date, kept apart from meeting and approval
    full_meeting_on  text,
    full_approved_on text, -- T8
    archived_on      text,
    ended_on         text, -- withdrawn, stopped, rejected, cancelled
    special_reason   text NOT NULL DEFAULT '', -- why approval may take up to six months
    leaving_on       text, -- the person will leave the unit (DEV-W03)
    member_id        bigint REFERENCES member (id), -- from T6 on
    restarts_id      bigint REFERENCES development (id), -- the ended course that this one begins again
    version          bigint NOT NULL DEFAULT 1,
    created_by       bigint REFERENCES account (id),
    created_at       {{time}} NOT NULL,
    updated_at       {{time}} NOT NULL
);
CREATE UNIQUE INDEX development_open ON development (id_index) WHERE state IN ('APPLICANT', 'ACTIVIST', 'CANDIDATE', 'ADMITTED', 'PROBATIONARY');
CREATE INDEX development_org ON development (org_id, state);
CREATE INDEX development_member ON development (member_id);
CREATE INDEX development_phone ON development (phone_index);

-- Steps are append-only; seq is the version of the course that the step made.
CREATE TABLE development_step (
    id             {{pk}},
    development_id bigint NOT NULL REFERENCES development (id),
    seq            bigint NOT NULL,
    code           text NOT NULL, -- T1, T1a, T2 …
    on_day         text NOT NULL,
    rule_set       text NOT NULL,
    from_state     text NOT NULL,
    to_state       text NOT NULL,
    data           text NOT NULL DEFAULT '{}', -- JSON: what the step recorded
    vote_id        bigint REFERENCES vote (id),
    warnings       text NOT NULL DEFAULT '', -- codes that stood when it was taken
    note           text NOT NULL DEFAULT '',
    org_id         bigint NOT NULL REFERENCES org (id), -- the branch of the day
    account_id     bigint REFERENCES account (id),
    by_name        text NOT NULL DEFAULT '',
    at             {{time}} NOT NULL,
    UNIQUE (development_id, seq)
);

CREATE TABLE development_document (
    id             {{pk}},
    development_id bigint NOT NULL REFERENCES development (id),
    kind           text NOT NULL, -- the paper's name: 入党申请书 …
    step           text NOT NULL,
    file_id        bigint NOT NULL REFERENCES file (id),
    account_id     bigint REFERENCES account (id),
    at             {{time}} NOT NULL,
    UNIQUE (development_id, step, kind, file_id)
);
CREATE INDEX development_document_file ON development_document (file_id);

-- The papers that a step asks for.
CREATE TABLE development_paper (
    step           text NOT NULL,
    kind           text NOT NULL,
    seq            bigint NOT NULL,
    PRIMARY KEY (step, kind)
);

CREATE TABLE development_sponsor (
    id             {{pk}},
    development_id bigint NOT NULL REFERENCES development (id),
    member_id      bigint NOT NULL REFERENCES member (id),
    role           text NOT NULL CHECK (role IN ('CONTACT', 'INTRODUCER')),
    from_on        text NOT NULL,
    until_on       text
);
CREATE UNIQUE INDEX development_sponsor_active ON development_sponsor (development_id, member_id, role) WHERE until_on IS NULL;
CREATE INDEX development_sponsor_member ON development_sponsor (member_id);

CREATE TABLE development_notice (
    id             {{pk}},
    development_id bigint NOT NULL REFERENCES development (id),
    start_on       text NOT NULL,
    ends_on        text NOT NULL, -- the last working day
    outcome        text NOT NULL CHECK (outcome IN ('OPEN', 'CLEAR', 'BLOCKED')),
    objection      text NOT NULL DEFAULT '',
    account_id     bigint REFERENCES account (id),
    at             {{time}} NOT NULL
);
CREATE INDEX development_notice_development ON development_notice (development_id);

-- What must be done by when: written anew with each step, so that reminders and reports are one query.
CREATE TABLE development_deadline (
    id             {{pk}},
    development_id bigint NOT NULL REFERENCES development (id),
    code           text NOT NULL, -- DEV-W01 …
    due_on         text NOT NULL,
    level          text NOT NULL CHECK (level IN ('BRANCH', 'COMMITTEE')), -- who must act
    UNIQUE (development_id, code)
);
CREATE INDEX development_deadline_due ON development_deadline (due_on);

-- +goose Down
DROP TABLE development_deadline;
DROP TABLE development_notice;
DROP TABLE development_sponsor;
DROP TABLE development_paper;
DROP TABLE development_document;
DROP TABLE development_step;
DROP TABLE development;
