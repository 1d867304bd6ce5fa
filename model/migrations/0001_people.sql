-- +goose Up
-- Organisations, members, accounts and roles.

CREATE TABLE org (
    id            {{pk}},
    parent_id     bigint REFERENCES org (id),
    type          text NOT NULL CHECK (type IN ('CITY', 'COMMITTEE', 'GENERAL_BRANCH', 'BRANCH')),
    path          {{path}} NOT NULL UNIQUE, -- three digits a level: a subtree is a prefix
    name          text NOT NULL,
    official_code text UNIQUE,
    kind          text NOT NULL DEFAULT '', -- 农村 社区 机关 学校 企业 …
    is_joint      boolean NOT NULL DEFAULT FALSE,
    created_at    {{time}} NOT NULL,
    dissolved_on  text
);
CREATE INDEX org_parent ON org (parent_id);

CREATE TABLE department (
    id         {{pk}},
    name       text NOT NULL UNIQUE,
    duties     text NOT NULL DEFAULT '',
    address    text NOT NULL DEFAULT '',
    phone      text NOT NULL DEFAULT '', -- the public service number
    hours      text NOT NULL DEFAULT '',
    created_at {{time}} NOT NULL,
    closed_on  text
);

CREATE TABLE member (
    id           {{pk}},
    org_id       bigint NOT NULL REFERENCES org (id),
    name         text NOT NULL,
    id_sealed    text NOT NULL, -- identity number, AES-256-GCM with key id
    id_index     text NOT NULL UNIQUE, -- HMAC, for equality search
    phone_sealed text NOT NULL DEFAULT '',
    phone_index  text NOT NULL DEFAULT '',
    sex          text NOT NULL CHECK (sex IN ('MALE', 'FEMALE')),
    born_on      text NOT NULL,
    ethnic_group text NOT NULL DEFAULT '汉族',
    education    text NOT NULL DEFAULT '',
    occupation   text NOT NULL DEFAULT '',
    is_cadre     boolean NOT NULL DEFAULT FALSE, -- section-level cadre (科级干部)
    status       text NOT NULL CHECK (status IN ('PROBATIONARY', 'FULL')),
    standing     text NOT NULL DEFAULT 'ACTIVE' CHECK (standing IN ('ACTIVE', 'SUSPENDED', 'REMOVED', 'DECEASED')),
    admitted_on  text NOT NULL, -- T5, the branch meeting: the political birthday
    approved_on  text, -- T6; no greeting before it
    full_on      text,
    created_at   {{time}} NOT NULL,
    updated_at   {{time}} NOT NULL
);
CREATE INDEX member_org ON member (org_id, standing);
CREATE INDEX member_phone ON member (phone_index);
CREATE INDEX member_birthday ON member (substr(admitted_on, 6, 5));
CREATE INDEX member_name ON member (name);

CREATE TABLE account (
    id            {{pk}},
    mp_appid      text NOT NULL,
    openid        text NOT NULL,
    unionid       text NOT NULL DEFAULT '',
    phone_sealed  text NOT NULL DEFAULT '',
    phone_index   text NOT NULL DEFAULT '',
    member_id     bigint UNIQUE REFERENCES member (id),
    bound_at      {{time}},
    created_at    {{time}} NOT NULL,
    last_login_at {{time}} NOT NULL,
    UNIQUE (mp_appid, openid)
);
CREATE INDEX account_unionid ON account (unionid);

CREATE TABLE rebind_request (
    id         {{pk}},
    account_id bigint NOT NULL REFERENCES account (id),
    member_id  bigint NOT NULL REFERENCES member (id),
    reason     text NOT NULL,
    state      text NOT NULL CHECK (state IN ('PENDING', 'APPROVED', 'REJECTED')),
    created_at {{time}} NOT NULL,
    decided_by bigint REFERENCES account (id),
    decided_at {{time}},
    note       text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX rebind_request_open ON rebind_request (account_id) WHERE state = 'PENDING';
CREATE INDEX rebind_request_member ON rebind_request (member_id, state);

CREATE TABLE role_grant (
    id            {{pk}},
    member_id     bigint REFERENCES member (id),
    account_id    bigint REFERENCES account (id),
    role          text NOT NULL CHECK (role IN ('leader', 'admin', 'desk', 'department_leader', 'department_handler')),
    org_id        bigint REFERENCES org (id),
    department_id bigint REFERENCES department (id),
    granted_by    bigint REFERENCES account (id), -- empty: from the command line or the demo
    granted_at    {{time}} NOT NULL,
    revoked_by    bigint REFERENCES account (id),
    revoked_at    {{time}},
    CHECK ((member_id IS NULL) <> (account_id IS NULL)),
    CHECK ((org_id IS NULL) <> (department_id IS NULL))
);
CREATE UNIQUE INDEX role_grant_active ON role_grant
    (coalesce(member_id, 0), coalesce(account_id, 0), role, coalesce(org_id, 0), coalesce(department_id, 0))
    WHERE revoked_at IS NULL;
CREATE INDEX role_grant_org ON role_grant (org_id, role);
CREATE INDEX role_grant_department ON role_grant (department_id, role);
CREATE INDEX role_grant_member ON role_grant (member_id);
CREATE INDEX role_grant_account ON role_grant (account_id);

-- +goose Down
DROP TABLE role_grant;
DROP TABLE rebind_request;
DROP TABLE account;
DROP TABLE member;
DROP TABLE department;
DROP TABLE org;
