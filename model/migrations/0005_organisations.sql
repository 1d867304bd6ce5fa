-- +goose Up
-- Organisations: history, joint units, groups, leadership, votes, hand-over, standardisation, small rule values, code lists.

ALTER TABLE org ADD COLUMN address text NOT NULL DEFAULT '';
ALTER TABLE org ADD COLUMN phone text NOT NULL DEFAULT ''; -- of the office
ALTER TABLE org ADD COLUMN founded_on text;
ALTER TABLE org ADD COLUMN version bigint NOT NULL DEFAULT 1; -- who changes a row says which version he or she saw
ALTER TABLE org ADD COLUMN batch_id bigint; -- the import that made it

{{recheck role_grant role 'leader', 'admin', 'desk', 'department_leader', 'department_handler', 'identity_reader'}}

-- What an organisation was called and where it stood, day by day: from_on <= day < until_on.
CREATE TABLE org_span (
    id        {{pk}},
    org_id    bigint NOT NULL REFERENCES org (id),
    parent_id bigint REFERENCES org (id),
    type      text NOT NULL,
    name      text NOT NULL,
    path      {{path}} NOT NULL,
    from_on   text NOT NULL,
    until_on  text,
    UNIQUE (org_id, from_on)
);
CREATE INDEX org_span_path ON org_span (path);
INSERT INTO org_span (org_id, parent_id, type, name, path, from_on, until_on)
    SELECT id, parent_id, type, name, path, '1900-01-01', dissolved_on FROM org;

CREATE TABLE org_event (
    id           {{pk}},
    org_id       bigint NOT NULL REFERENCES org (id),
    version      bigint NOT NULL, -- of the organisation, that the event made
    kind         text NOT NULL CHECK (kind IN ('CREATED', 'CHANGED', 'RENAMED', 'MOVED', 'MERGED', 'ABSORBED', 'DISSOLVED', 'RESTORED')),
    on_day       text NOT NULL,
    other_org_id bigint REFERENCES org (id), -- the new parent, what it was merged into, or what it took in
    document_no  text NOT NULL DEFAULT '',
    note         text NOT NULL DEFAULT '',
    before       text NOT NULL DEFAULT '', -- JSON
    after        text NOT NULL DEFAULT '',
    account_id   bigint REFERENCES account (id), -- empty: an import or the demo
    at           {{time}} NOT NULL
);
CREATE INDEX org_event_org ON org_event (org_id, id);

-- The units whose members a joint branch gathers (RULES 2.3).
CREATE TABLE joint_unit (
    id     {{pk}},
    org_id bigint NOT NULL REFERENCES org (id),
    name   text NOT NULL,
    UNIQUE (org_id, name)
);

CREATE TABLE party_group (
    id           {{pk}},
    org_id       bigint NOT NULL REFERENCES org (id),
    name         text NOT NULL,
    leader_id    bigint REFERENCES member (id),
    created_at   {{time}} NOT NULL,
    dissolved_on text
);
CREATE UNIQUE INDEX party_group_name ON party_group (org_id, name) WHERE dissolved_on IS NULL;
CREATE INDEX party_group_leader ON party_group (leader_id);

CREATE TABLE org_term (
    id              {{pk}},
    org_id          bigint NOT NULL REFERENCES org (id),
    number          bigint NOT NULL, -- 第几届
    elected_on      text NOT NULL,
    ends_on         text NOT NULL,
    vote_id         bigint,
    document_no     text NOT NULL DEFAULT '', -- approval of the election's result
    postponed_until text, -- with approval from above, by at most a year (RULES 2.6)
    postponed_no    text NOT NULL DEFAULT '',
    created_by      bigint REFERENCES account (id),
    created_at      {{time}} NOT NULL,
    UNIQUE (org_id, elected_on)
);
CREATE INDEX org_term_ends ON org_term (ends_on);

CREATE TABLE org_post (
    id         {{pk}},
    org_id     bigint NOT NULL REFERENCES org (id),
    term_id    bigint REFERENCES org_term (id),
    member_id  bigint NOT NULL REFERENCES member (id),
    post       text NOT NULL CHECK (post IN ('SECRETARY', 'DEPUTY_SECRETARY', 'ORGANISATION', 'PUBLICITY', 'DISCIPLINE', 'UNITED_FRONT', 'YOUTH', 'MEMBER')),
    from_on    text NOT NULL,
    until_on   text,
    note       text NOT NULL DEFAULT '',
    created_by bigint REFERENCES account (id),
    created_at {{time}} NOT NULL
);
CREATE UNIQUE INDEX org_post_secretary ON org_post (org_id) WHERE post = 'SECRETARY' AND until_on IS NULL;
CREATE UNIQUE INDEX org_post_held ON org_post (org_id, member_id, post) WHERE until_on IS NULL;
CREATE INDEX org_post_member ON org_post (member_id);

-- A vote in a branch or committee with its quorum (RULES 4).
CREATE TABLE vote (
    id           {{pk}},
    org_id       bigint NOT NULL REFERENCES org (id),
    kind         text NOT NULL CHECK (kind IN ('GENERAL', 'DEVELOPMENT', 'ELECTION')),
    subject      text NOT NULL,
    held_on      text NOT NULL,
    voters       bigint NOT NULL, -- full members with voting rights, before exclusions
    excluded     bigint NOT NULL DEFAULT 0,
    eligible     bigint NOT NULL,
    present      bigint NOT NULL,
    written      bigint NOT NULL DEFAULT 0, -- written opinions sent in before the meeting
    yes          bigint NOT NULL,
    no           bigint NOT NULL,
    abstain      bigint NOT NULL,
    quorate      boolean NOT NULL,
    passed       boolean NOT NULL,
    created_by   bigint REFERENCES account (id),
    created_at   {{time}} NOT NULL
);
CREATE INDEX vote_org ON vote (org_id, held_on);

-- Who lawfully is not counted: each with a reason and the branch's decision (RULES 4).
CREATE TABLE vote_exclusion (
    id          {{pk}},
    vote_id     bigint NOT NULL REFERENCES vote (id),
    member_id   bigint NOT NULL REFERENCES member (id),
    reason      text NOT NULL,
    decision_no text NOT NULL DEFAULT '',
    UNIQUE (vote_id, member_id)
);
CREATE INDEX vote_exclusion_member ON vote_exclusion (member_id);

CREATE TABLE handover (
    id             {{pk}},
    org_id         bigint NOT NULL REFERENCES org (id),
    from_member_id bigint REFERENCES member (id),
    to_member_id   bigint NOT NULL REFERENCES member (id),
    state          text NOT NULL CHECK (state IN ('OPEN', 'DONE', 'WITHDRAWN')),
    note           text NOT NULL DEFAULT '',
    pack           text NOT NULL, -- JSON, as it stood when it was opened
    opened_by      bigint REFERENCES account (id),
    opened_at      {{time}} NOT NULL,
    closed_by      bigint REFERENCES account (id),
    closed_at      {{time}}
);
CREATE UNIQUE INDEX handover_open ON handover (org_id, coalesce(from_member_id, 0)) WHERE state = 'OPEN';
CREATE INDEX handover_to ON handover (to_member_id, state);
CREATE INDEX handover_from ON handover (from_member_id);

CREATE TABLE standard_checklist (
    id           {{pk}},
    org_type     text NOT NULL CHECK (org_type IN ('COMMITTEE', 'GENERAL_BRANCH', 'BRANCH')),
    kind         text NOT NULL DEFAULT '', -- 农村 社区 机关 …; empty: every kind that has no list of its own
    version      bigint NOT NULL,
    title        text NOT NULL,
    state        text NOT NULL CHECK (state IN ('DRAFT', 'PUBLISHED', 'RETIRED')),
    created_by   bigint REFERENCES account (id),
    created_at   {{time}} NOT NULL,
    published_at {{time}},
    UNIQUE (org_type, kind, version)
);
CREATE UNIQUE INDEX standard_checklist_current ON standard_checklist (org_type, kind) WHERE state = 'PUBLISHED';

CREATE TABLE standard_item (
    id           {{pk}},
    checklist_id bigint NOT NULL REFERENCES standard_checklist (id),
    seq          bigint NOT NULL,
    area         text NOT NULL, -- 组织设置 活动场所 …
    title        text NOT NULL,
    requirement  text NOT NULL DEFAULT '',
    photos       bigint NOT NULL DEFAULT 1 CHECK (photos >= 0), -- at least so many
    public       boolean NOT NULL DEFAULT FALSE, -- a public place: its photos stand in the gallery
    UNIQUE (checklist_id, seq)
);

CREATE TABLE standard_evidence (
    id           {{pk}},
    org_id       bigint NOT NULL REFERENCES org (id),
    item_id      bigint NOT NULL REFERENCES standard_item (id),
    state        text NOT NULL CHECK (state IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'RETURNED')),
    note         text NOT NULL DEFAULT '',
    submitted_by bigint REFERENCES account (id),
    submitted_at {{time}},
    reviewed_by  bigint REFERENCES account (id),
    reviewed_at  {{time}},
    review_note  text NOT NULL DEFAULT '',
    round        bigint NOT NULL DEFAULT 0, -- how often it was approved: names the source of its fact, with
    origin_id    bigint, -- the evidence of an older version that it was carried over from
    updated_at   {{time}} NOT NULL,
    UNIQUE (org_id, item_id)
);
CREATE INDEX standard_evidence_item ON standard_evidence (item_id, state);

CREATE TABLE standard_photo (
    id          {{pk}},
    evidence_id bigint NOT NULL REFERENCES standard_evidence (id),
    file_id     bigint NOT NULL REFERENCES file (id),
    moment      text NOT NULL CHECK (moment IN ('BEFORE', 'AFTER')),
    UNIQUE (evidence_id, file_id)
);
CREATE INDEX standard_photo_file ON standard_photo (file_id);

-- Single numbers of the rule book: the newest row that is in force on a day counts.
CREATE TABLE rule_value (
    id             {{pk}},
    family         text NOT NULL, -- org, member, development, sheet
    code           text NOT NULL,
    variant        text NOT NULL DEFAULT '', -- a kind or type that the number is for; empty: every other
    value          bigint NOT NULL,
    rule_set       text NOT NULL DEFAULT '', -- the regulation's edition: DEV2014, DEV2026
    effective_from text NOT NULL,
    clause         text NOT NULL,
    UNIQUE (family, code, variant, effective_from)
);

-- Code lists (GB/T 3304, GB/T 4658, GB/T 12403 …); rows keep the title.
CREATE TABLE lookup (
    list  text NOT NULL,
    code  text NOT NULL,
    title text NOT NULL,
    seq   bigint NOT NULL,
    band  text NOT NULL DEFAULT '', -- the coarser band of the yearly bulletin (RULES 8)
    PRIMARY KEY (list, code),
    UNIQUE (list, title)
);

-- The bands of the yearly bulletin that are ranges: full years for age, days for joining. Both ends belong to the band.
CREATE TABLE band (
    dimension text NOT NULL CHECK (dimension IN ('AGE', 'JOINED')),
    seq       bigint NOT NULL,
    title     text NOT NULL,
    least     text NOT NULL DEFAULT '', -- empty: open
    most      text NOT NULL DEFAULT '',
    PRIMARY KEY (dimension, seq)
);

-- +goose Down
DROP TABLE band;
DROP TABLE lookup;
DROP TABLE rule_value;
DROP TABLE standard_photo;
DROP TABLE standard_evidence;
DROP TABLE standard_item;
DROP TABLE standard_checklist;
DROP TABLE handover;
DROP TABLE vote_exclusion;
DROP TABLE vote;
DROP TABLE org_post;
DROP TABLE org_term;
DROP TABLE party_group;
DROP TABLE joint_unit;
DROP TABLE org_event;
DROP TABLE org_span;
ALTER TABLE org DROP COLUMN batch_id;
ALTER TABLE org DROP COLUMN version;
ALTER TABLE org DROP COLUMN founded_on;
ALTER TABLE org DROP COLUMN phone;
ALTER TABLE org DROP COLUMN address;
