-- +goose Up
-- How the work on requests is watched: warnings, who answers for what, exclusions, scores; the months of the four rates; service teams.

-- A warning by the clock: before and after a deadline (RULES 9.2). Once for each deadline and level.
CREATE TABLE request_warning (
    id            {{pk}},
    request_id    bigint NOT NULL REFERENCES request (id),
    level         text NOT NULL CHECK (level IN ('REMINDER', 'CHASE', 'CRITICISM')),
    clock         text NOT NULL,
    deadline      text NOT NULL,
    department_id bigint REFERENCES department (id), -- empty: the window
    leader_name   text NOT NULL DEFAULT '', -- who led the unit then
    leader_id     bigint, -- grant of that leader
    warned_on     text NOT NULL,
    created_at    {{time}} NOT NULL,
    UNIQUE (request_id, clock, deadline, level)
);
CREATE INDEX request_warning_day ON request_warning (warned_on, level);
CREATE INDEX request_warning_department ON request_warning (department_id, warned_on);

-- What somebody has to answer for. It is proposed by the clock, a call-back or a person, and decided by a person.
CREATE TABLE accountability (
    id            {{pk}},
    request_id    bigint NOT NULL REFERENCES request (id),
    department_id bigint REFERENCES department (id),
    kind          text NOT NULL CHECK (kind IN ('OVERDUE', 'FALSE_CLOSING', 'REFUSED', 'LEAK')),
    round         bigint NOT NULL DEFAULT 0, -- OVERDUE by the clock: the step that started the limit; else how often the request was reopened
    reason        text NOT NULL,
    state         text NOT NULL CHECK (state IN ('PROPOSED', 'DECIDED', 'DISMISSED')),
    measure       text NOT NULL DEFAULT '' CHECK (measure IN ('', 'CRITICISM', 'INTERVIEW', 'POINTS')),
    member_id     bigint REFERENCES member (id), -- whom the measure is for; empty: the unit
    leader_name   text NOT NULL DEFAULT '',
    proposed_by   bigint REFERENCES account (id), -- empty: the clock
    proposed_at   {{time}} NOT NULL,
    decided_by    bigint REFERENCES account (id),
    decided_at    {{time}},
    note          text NOT NULL DEFAULT '',
    UNIQUE (request_id, kind, round),
    CHECK (decided_by <> proposed_by)
);
CREATE INDEX accountability_state ON accountability (state, id);
CREATE INDEX accountability_department ON accountability (department_id, state);

-- A case that does not count for the unit: proposed by one, confirmed by another.
CREATE TABLE request_exclusion (
    id          {{pk}},
    request_id  bigint NOT NULL REFERENCES request (id),
    reason      text NOT NULL,
    state       text NOT NULL CHECK (state IN ('PROPOSED', 'CONFIRMED', 'REFUSED')),
    proposed_by bigint NOT NULL REFERENCES account (id),
    proposed_at {{time}} NOT NULL,
    decided_by  bigint REFERENCES account (id),
    decided_at  {{time}},
    note        text NOT NULL DEFAULT '',
    CHECK (decided_by IS NULL OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX request_exclusion_live ON request_exclusion (request_id) WHERE state IN ('PROPOSED', 'CONFIRMED');

-- A reward, an inspection's finding or a correction for a unit or one of its staff, confirmed by a second person.
CREATE TABLE unit_mark (
    id            {{pk}},
    department_id bigint NOT NULL REFERENCES department (id),
    account_id    bigint REFERENCES account (id), -- of the staff; empty: the unit
    kind          text NOT NULL CHECK (kind IN ('REWARD', 'INSPECTION', 'CORRECTION')),
    points        bigint NOT NULL, -- hundredths of a point, may be negative
    day           text NOT NULL,
    reason        text NOT NULL,
    request_id    bigint REFERENCES request (id),
    state         text NOT NULL CHECK (state IN ('PROPOSED', 'CONFIRMED', 'REFUSED')),
    recorded_by   bigint NOT NULL REFERENCES account (id),
    recorded_at   {{time}} NOT NULL,
    decided_by    bigint REFERENCES account (id),
    decided_at    {{time}},
    note          text NOT NULL DEFAULT '',
    CHECK (decided_by IS NULL OR decided_by <> recorded_by)
);
CREATE INDEX unit_mark_department ON unit_mark (department_id, day);

-- A month whose four rates are settled: they never change afterwards.
CREATE TABLE rate_month (
    month     text NOT NULL PRIMARY KEY,
    closed_by bigint REFERENCES account (id), -- empty: the clock
    closed_at {{time}} NOT NULL
);

-- The rates of a settled month, by unit; department 0 is the window.
CREATE TABLE rate_figure (
    month         text NOT NULL,
    rate          text NOT NULL,
    department_id bigint NOT NULL,
    numerator     bigint NOT NULL,
    denominator   bigint NOT NULL,
    unrated       bigint NOT NULL DEFAULT 0,
    excluded      bigint NOT NULL DEFAULT 0,
    grade_1       bigint NOT NULL DEFAULT 0, -- SATISFACTION: how many gave each grade
    grade_2       bigint NOT NULL DEFAULT 0,
    grade_3       bigint NOT NULL DEFAULT 0,
    grade_4       bigint NOT NULL DEFAULT 0,
    grade_5       bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (month, rate, department_id)
);

-- The list behind a settled figure.
CREATE TABLE rate_line (
    month         text NOT NULL,
    rate          text NOT NULL,
    department_id bigint NOT NULL,
    part          text NOT NULL CHECK (part IN ('BOTH', 'DENOMINATOR', 'UNRATED', 'EXCLUDED')), -- BOTH: also in the numerator
    request_id    bigint NOT NULL REFERENCES request (id),
    round         bigint NOT NULL DEFAULT 0, -- SATISFACTION: of the closing; two of a month are two voices
    grade         bigint NOT NULL DEFAULT 0, -- SATISFACTION: 1 to 5; 0: unrated
    PRIMARY KEY (month, rate, department_id, part, request_id, round)
);
CREATE INDEX rate_line_request ON rate_line (request_id);

-- A team of party members that goes out to citizens.
CREATE TABLE service_team (
    id            {{pk}},
    name          text NOT NULL UNIQUE,
    org_id        bigint NOT NULL REFERENCES org (id), -- that keeps the team
    department_id bigint REFERENCES department (id), -- that it mostly works for
    leader_id     bigint REFERENCES member (id),
    phone         text NOT NULL DEFAULT '',
    note          text NOT NULL DEFAULT '',
    closed_on     text NOT NULL DEFAULT '',
    created_by    bigint REFERENCES account (id),
    created_at    {{time}} NOT NULL,
    version       bigint NOT NULL DEFAULT 1
);
CREATE INDEX service_team_org ON service_team (org_id);

CREATE TABLE service_team_skill (
    team_id bigint NOT NULL REFERENCES service_team (id),
    skill   text NOT NULL, -- code of the list service_skill
    PRIMARY KEY (team_id, skill)
);

CREATE TABLE service_team_area (
    team_id bigint NOT NULL REFERENCES service_team (id),
    area    text NOT NULL, -- name of a town, street or community
    PRIMARY KEY (team_id, area)
);

CREATE TABLE service_team_member (
    id        {{pk}},
    team_id   bigint NOT NULL REFERENCES service_team (id),
    member_id bigint NOT NULL REFERENCES member (id),
    joined_on text NOT NULL,
    left_on   text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX service_team_member_now ON service_team_member (team_id, member_id) WHERE left_on = '';
CREATE INDEX service_team_member_of ON service_team_member (member_id);

-- The roster: who of the team is on duty on a day.
CREATE TABLE service_duty (
    team_id    bigint NOT NULL REFERENCES service_team (id),
    day        text NOT NULL,
    member_id  bigint NOT NULL REFERENCES member (id),
    created_by bigint REFERENCES account (id),
    PRIMARY KEY (team_id, day, member_id)
);

-- What a team is asked to do for a request: claimed or dispatched, visited, confirmed.
CREATE TABLE service_order (
    id            {{pk}},
    request_id    bigint NOT NULL REFERENCES request (id),
    department_id bigint REFERENCES department (id), -- that asked; empty: the window
    what          text NOT NULL,
    skill         text NOT NULL DEFAULT '',
    area          text NOT NULL DEFAULT '',
    due           text NOT NULL,
    state         text NOT NULL CHECK (state IN ('OPEN', 'TAKEN', 'VISITED', 'CONFIRMED', 'CANCELLED')),
    team_id       bigint REFERENCES service_team (id),
    member_id     bigint REFERENCES member (id), -- who goes
    dispatched    boolean NOT NULL DEFAULT FALSE, -- sent by a person; else claimed
    visited_on    text NOT NULL DEFAULT '',
    visit_note    text NOT NULL DEFAULT '',
    confirmed_by  text NOT NULL DEFAULT '' CHECK (confirmed_by IN ('', 'citizen', 'department')),
    confirm_note  text NOT NULL DEFAULT '',
    created_by    bigint REFERENCES account (id),
    created_at    {{time}} NOT NULL,
    taken_at      {{time}},
    visited_at    {{time}},
    ended_at      {{time}},
    version       bigint NOT NULL DEFAULT 1
);
CREATE INDEX service_order_request ON service_order (request_id);
CREATE INDEX service_order_open ON service_order (state, due);
CREATE INDEX service_order_team ON service_order (team_id, state);
CREATE INDEX service_order_member ON service_order (member_id, state);

CREATE TABLE service_order_photo (
    order_id bigint NOT NULL REFERENCES service_order (id),
    file_id  bigint NOT NULL REFERENCES file (id),
    PRIMARY KEY (order_id, file_id)
);
CREATE INDEX service_order_photo_file ON service_order_photo (file_id);

INSERT INTO lookup (list, seq, code, title, band) VALUES
    ('service_skill', 1, 'REPAIR', '水电维修', ''), ('service_skill', 2, 'POLICY', '政策宣讲', ''), ('service_skill', 3, 'MEDICAL', '健康义诊', ''),
    ('service_skill', 4, 'LEGAL', '法律咨询', ''), ('service_skill', 5, 'MEDIATION', '矛盾调解', ''), ('service_skill', 6, 'CARE', '助老扶幼', ''),
    ('service_skill', 7, 'FARMING', '农技指导', ''), ('service_skill', 8, 'SANITATION', '环境整治', ''), ('service_skill', 9, 'DIGITAL', '数字助办', ''),
    ('service_skill', 10, 'OTHER', '其他', '');

-- +goose Down
DELETE FROM lookup WHERE list = 'service_skill';
DROP TABLE service_order_photo;
DROP TABLE service_order;
DROP TABLE service_duty;
DROP TABLE service_team_member;
DROP TABLE service_team_area;
DROP TABLE service_team_skill;
DROP TABLE service_team;
DROP TABLE rate_line;
DROP TABLE rate_figure;
DROP TABLE rate_month;
DROP TABLE unit_mark;
DROP TABLE request_exclusion;
DROP TABLE accountability;
DROP TABLE request_warning;
