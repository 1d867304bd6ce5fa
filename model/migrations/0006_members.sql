-- +goose Up
-- Members: the national form, history, decisions, transfers, floating members, delegates; imports and exports.

ALTER TABLE file ADD COLUMN sealed boolean NOT NULL DEFAULT FALSE; -- encrypted on disk

ALTER TABLE member ADD COLUMN pinyin text NOT NULL DEFAULT ''; -- initials of the name, lower case: lxm
ALTER TABLE member ADD COLUMN native_place text NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN degree text NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN work_unit text NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN work_post text NOT NULL DEFAULT ''; -- 工作岗位
ALTER TABLE member ADD COLUMN landline text NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN address_sealed text NOT NULL DEFAULT ''; -- home
ALTER TABLE member ADD COLUMN group_id bigint; -- party_group
ALTER TABLE member ADD COLUMN lost_since text; -- contact lost since
ALTER TABLE member ADD COLUMN watched_until text; -- 留党察看 until: no vote, may not introduce
ALTER TABLE member ADD COLUMN exempt boolean NOT NULL DEFAULT FALSE; -- old, infirm or gravely ill: no duty to attend (RULES 4)
ALTER TABLE member ADD COLUMN left_on text; -- first day off the roster: transferred out, removed or dead
ALTER TABLE member ADD COLUMN version bigint NOT NULL DEFAULT 1; -- who changes a row says which version he or she saw
ALTER TABLE member ADD COLUMN batch_id bigint; -- the import that made it
{{recheck member standing 'ACTIVE', 'SUSPENDED', 'REMOVED', 'DECEASED', 'TRANSFERRED'}}
CREATE INDEX member_search ON member (org_id, standing, name, pinyin, id); -- all that a search for a part of a name reads
DROP INDEX member_name;
CREATE INDEX member_name ON member (name, born_on); -- two entries of one person
CREATE INDEX member_batch ON member (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX member_group ON member (group_id) WHERE group_id IS NOT NULL;

-- Which branch a member belonged to, day by day: from_on <= day < until_on.
CREATE TABLE member_span (
    id        {{pk}},
    member_id bigint NOT NULL REFERENCES member (id),
    org_id    bigint NOT NULL REFERENCES org (id),
    from_on   text NOT NULL,
    until_on  text,
    reason    text NOT NULL CHECK (reason IN ('FIRST', 'TRANSFER', 'MERGED', 'CORRECTED')),
    UNIQUE (member_id, from_on)
);
CREATE UNIQUE INDEX member_span_open ON member_span (member_id) WHERE until_on IS NULL;
CREATE INDEX member_span_org ON member_span (org_id, from_on);
INSERT INTO member_span (member_id, org_id, from_on, reason) SELECT id, org_id, admitted_on, 'FIRST' FROM member;

-- Each changed field with before and after; sealed fields stand masked.
CREATE TABLE member_change (
    id         {{pk}},
    member_id  bigint NOT NULL REFERENCES member (id),
    version    bigint NOT NULL, -- of the member, that the change made
    field      text NOT NULL,
    before     text NOT NULL DEFAULT '',
    after      text NOT NULL DEFAULT '',
    reason     text NOT NULL DEFAULT '',
    account_id bigint REFERENCES account (id),
    by_name    text NOT NULL DEFAULT '',
    at         {{time}} NOT NULL
);
CREATE INDEX member_change_member ON member_change (member_id, id);

-- Who looked at a member's data (NM6); the same look on the same day is counted, not repeated.
CREATE TABLE member_access (
    id         {{pk}},
    member_id  bigint NOT NULL REFERENCES member (id),
    account_id bigint NOT NULL REFERENCES account (id),
    by_name    text NOT NULL,
    by_role    text NOT NULL DEFAULT '',
    kind       text NOT NULL CHECK (kind IN ('DETAIL', 'IDENTITY', 'EXPORT', 'DEVELOPMENT')),
    reason     text NOT NULL DEFAULT '',
    day        text NOT NULL,
    times      bigint NOT NULL DEFAULT 1,
    last_at    {{time}} NOT NULL,
    UNIQUE (member_id, account_id, kind, day, reason)
);

-- What people decided about a member's standing (RULES 2.11, 2.12); the software decides nothing.
CREATE TABLE standing_decision (
    id          {{pk}},
    member_id   bigint NOT NULL REFERENCES member (id),
    kind        text NOT NULL CHECK (kind IN ('LOST', 'FOUND', 'SUSPEND', 'RESTORE', 'RECTIFY', 'WATCH', 'REMOVE', 'DEATH')),
    ground      text NOT NULL DEFAULT '',
    decided_on  text NOT NULL,
    effective_on text NOT NULL,
    until_on    text,
    decided_by  text NOT NULL DEFAULT '', -- the meeting or committee
    document_no text NOT NULL DEFAULT '',
    reason      text NOT NULL,
    file_id     bigint REFERENCES file (id),
    before      text NOT NULL,
    after       text NOT NULL,
    account_id  bigint REFERENCES account (id),
    by_name     text NOT NULL DEFAULT '',
    at          {{time}} NOT NULL
);
CREATE INDEX standing_decision_member ON standing_decision (member_id, id);

CREATE TABLE transfer (
    id            {{pk}},
    member_id     bigint NOT NULL REFERENCES member (id),
    from_org_id   bigint NOT NULL REFERENCES org (id),
    to_org_id     bigint REFERENCES org (id), -- empty: leaves the platform
    to_name       text NOT NULL DEFAULT '',
    reason        text NOT NULL,
    letter_no     text NOT NULL DEFAULT '', -- 介绍信编号
    dues_paid_to  text NOT NULL DEFAULT '', -- month
    state         text NOT NULL CHECK (state IN ('OPEN', 'ACCEPTED', 'REFUSED', 'WITHDRAWN')),
    requested_by  bigint REFERENCES account (id),
    requested_at  {{time}} NOT NULL,
    moved_on      text,
    receipt_no    text NOT NULL DEFAULT '', -- 回执, for one that leaves the platform
    decided_by    bigint REFERENCES account (id),
    decided_at    {{time}},
    note          text NOT NULL DEFAULT '' -- the reason for a refusal
);
CREATE UNIQUE INDEX transfer_open ON transfer (member_id) WHERE state = 'OPEN';
CREATE INDEX transfer_from ON transfer (from_org_id, state);
CREATE INDEX transfer_to ON transfer (to_org_id, state);
CREATE INDEX transfer_member ON transfer (member_id);

CREATE TABLE floating (
    id             {{pk}},
    member_id      bigint REFERENCES member (id), -- empty: comes from outside the platform
    name           text NOT NULL,
    phone_sealed   text NOT NULL DEFAULT '',
    phone_index    text NOT NULL DEFAULT '',
    home_org_id    bigint REFERENCES org (id),
    home_name      text NOT NULL DEFAULT '',
    host_org_id    bigint REFERENCES org (id),
    host_name      text NOT NULL DEFAULT '',
    place          text NOT NULL,
    reason         text NOT NULL DEFAULT '',
    abroad         boolean NOT NULL DEFAULT FALSE,
    left_on        text NOT NULL,
    expected_until text,
    card_no        text NOT NULL DEFAULT '',
    receipt_no     text NOT NULL DEFAULT '', -- of a side outside the platform
    state          text NOT NULL CHECK (state IN ('REGISTERED', 'ACTIVE', 'REFUSED', 'ENDED')),
    home_by        bigint REFERENCES account (id),
    home_at        {{time}},
    host_by        bigint REFERENCES account (id),
    host_at        {{time}},
    ended_on       text,
    note           text NOT NULL DEFAULT '',
    registered_by  bigint REFERENCES account (id),
    registered_at  {{time}} NOT NULL,
    CHECK (home_org_id IS NOT NULL OR host_org_id IS NOT NULL)
);
CREATE UNIQUE INDEX floating_open ON floating (member_id) WHERE member_id IS NOT NULL AND state IN ('REGISTERED', 'ACTIVE');
CREATE INDEX floating_home ON floating (home_org_id, state);
CREATE INDEX floating_host ON floating (host_org_id, state);
CREATE INDEX floating_member ON floating (member_id);

CREATE TABLE floating_contact (
    id          {{pk}},
    floating_id bigint NOT NULL REFERENCES floating (id),
    on_day      text NOT NULL,
    way         text NOT NULL CHECK (way IN ('PHONE', 'WECHAT', 'VISIT', 'MEETING', 'OTHER')),
    note        text NOT NULL,
    account_id  bigint REFERENCES account (id),
    by_name     text NOT NULL DEFAULT '',
    at          {{time}} NOT NULL
);
CREATE INDEX floating_contact_floating ON floating_contact (floating_id, on_day);

CREATE TABLE congress (
    id         {{pk}},
    org_id     bigint NOT NULL REFERENCES org (id),
    number     bigint NOT NULL, -- 第几次
    name       text NOT NULL,
    held_on    text NOT NULL,
    term_until text NOT NULL,
    created_by bigint REFERENCES account (id),
    created_at {{time}} NOT NULL,
    UNIQUE (org_id, number)
);

CREATE TABLE delegate (
    id          {{pk}},
    congress_id bigint NOT NULL REFERENCES congress (id),
    member_id   bigint NOT NULL REFERENCES member (id),
    elected_by  text NOT NULL, -- the electing unit
    elected_on  text NOT NULL,
    ended_on    text,
    end_reason  text NOT NULL DEFAULT '',
    created_by  bigint REFERENCES account (id),
    created_at  {{time}} NOT NULL,
    UNIQUE (congress_id, member_id)
);
CREATE INDEX delegate_member ON delegate (member_id);

-- What a delegate did as one: inspections, motions, receptions.
CREATE TABLE delegate_duty (
    id          {{pk}},
    delegate_id bigint NOT NULL REFERENCES delegate (id),
    on_day      text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('MEETING', 'MOTION', 'INSPECTION', 'RECEPTION', 'OTHER')),
    note        text NOT NULL,
    account_id  bigint REFERENCES account (id),
    at          {{time}} NOT NULL
);
CREATE INDEX delegate_duty_delegate ON delegate_duty (delegate_id, on_day);

CREATE TABLE import_batch (
    id             {{pk}},
    kind           text NOT NULL,
    org_id         bigint NOT NULL REFERENCES org (id), -- rows may belong to its subtree alone
    file_id        bigint NOT NULL REFERENCES file (id),
    result_file_id bigint REFERENCES file (id), -- the same file with a reason on each bad row
    state          text NOT NULL CHECK (state IN ('WAITING', 'CHECKING', 'REFUSED', 'CHECKED', 'QUEUED', 'IMPORTING', 'IMPORTED', 'UNDONE', 'FAILED')),
    total          bigint NOT NULL DEFAULT 0, -- rows of the sheet, as soon as it is known
    done           bigint NOT NULL DEFAULT 0,
    bad            bigint NOT NULL DEFAULT 0,
    error          text NOT NULL DEFAULT '', -- why the file was refused: a sentence for a person
    lease_owner    text NOT NULL DEFAULT '',
    lease_until    {{time}},
    attempts       bigint NOT NULL DEFAULT 0,
    created_by     bigint REFERENCES account (id),
    created_at     {{time}} NOT NULL,
    updated_at     {{time}} NOT NULL,
    imported_by    bigint REFERENCES account (id),
    imported_at    {{time}},
    undone_by      bigint REFERENCES account (id),
    undone_at      {{time}}
);
CREATE INDEX import_batch_waiting ON import_batch (id) WHERE state IN ('WAITING', 'CHECKING', 'QUEUED', 'IMPORTING');
CREATE INDEX import_batch_org ON import_batch (org_id, id);

-- Checked rows of a member import, ready to become members.
CREATE TABLE member_draft (
    batch_id       bigint NOT NULL REFERENCES import_batch (id),
    row_no         bigint NOT NULL, -- of the sheet
    org_id         bigint,
    name           text NOT NULL DEFAULT '',
    pinyin         text NOT NULL DEFAULT '',
    id_sealed      text NOT NULL DEFAULT '',
    id_index       text NOT NULL DEFAULT '',
    phone_sealed   text NOT NULL DEFAULT '',
    phone_index    text NOT NULL DEFAULT '',
    sex            text NOT NULL DEFAULT '',
    born_on        text NOT NULL DEFAULT '',
    ethnic_group   text NOT NULL DEFAULT '',
    native_place   text NOT NULL DEFAULT '',
    education      text NOT NULL DEFAULT '',
    degree         text NOT NULL DEFAULT '',
    occupation     text NOT NULL DEFAULT '',
    work_unit      text NOT NULL DEFAULT '',
    work_post      text NOT NULL DEFAULT '',
    landline       text NOT NULL DEFAULT '',
    address_sealed text NOT NULL DEFAULT '',
    is_cadre       boolean NOT NULL DEFAULT FALSE,
    status         text NOT NULL DEFAULT '',
    admitted_on    text NOT NULL DEFAULT '',
    full_on        text,
    lost_since     text,
    floating_place text NOT NULL DEFAULT '', -- 外出流向
    floating_since text,
    error          text NOT NULL DEFAULT '',
    PRIMARY KEY (batch_id, row_no)
);
CREATE INDEX member_draft_id ON member_draft (batch_id, id_index);

-- Checked rows of an organisation import.
CREATE TABLE org_draft (
    batch_id      bigint NOT NULL REFERENCES import_batch (id),
    row_no        bigint NOT NULL,
    official_code text NOT NULL DEFAULT '',
    parent_name   text NOT NULL DEFAULT '', -- name or official code of the organisation above
    type          text NOT NULL DEFAULT '',
    name          text NOT NULL DEFAULT '',
    kind          text NOT NULL DEFAULT '',
    is_joint      boolean NOT NULL DEFAULT FALSE,
    address       text NOT NULL DEFAULT '',
    phone         text NOT NULL DEFAULT '',
    founded_on    text,
    error         text NOT NULL DEFAULT '',
    PRIMARY KEY (batch_id, row_no)
);

CREATE TABLE export_batch (
    id          {{pk}},
    kind        text NOT NULL,
    org_id      bigint NOT NULL REFERENCES org (id), -- the highest organisation of the one who asks: who is above it decides
    filter      text NOT NULL, -- JSON, exactly as the list was filtered; sealed, for it may name a person
    title       text NOT NULL,
    reason      text NOT NULL,
    identity    boolean NOT NULL DEFAULT FALSE, -- with full identity numbers
    total       bigint NOT NULL,
    state       text NOT NULL CHECK (state IN ('PENDING', 'REJECTED', 'QUEUED', 'RUNNING', 'READY', 'FAILED')),
    done        bigint NOT NULL DEFAULT 0,
    file_id     bigint REFERENCES file (id),
    lease_owner text NOT NULL DEFAULT '',
    lease_until {{time}},
    attempts    bigint NOT NULL DEFAULT 0,
    created_by  bigint NOT NULL REFERENCES account (id),
    created_at  {{time}} NOT NULL,
    updated_at  {{time}} NOT NULL,
    decided_by  bigint REFERENCES account (id),
    decided_at  {{time}},
    note        text NOT NULL DEFAULT ''
);
CREATE INDEX export_batch_waiting ON export_batch (id) WHERE state IN ('QUEUED', 'RUNNING');
CREATE INDEX export_batch_pending ON export_batch (org_id) WHERE state = 'PENDING';
CREATE INDEX export_batch_creator ON export_batch (created_by, id);

-- +goose Down
ALTER TABLE file DROP COLUMN sealed;
DROP TABLE export_batch;
DROP TABLE org_draft;
DROP TABLE member_draft;
DROP TABLE import_batch;
DROP TABLE delegate_duty;
DROP TABLE delegate;
DROP TABLE congress;
DROP TABLE floating_contact;
DROP TABLE floating;
DROP TABLE transfer;
DROP TABLE standing_decision;
DROP TABLE member_access;
DROP TABLE member_change;
DROP TABLE member_span;
DROP INDEX member_group;
DROP INDEX member_batch;
DROP INDEX member_search;
DROP INDEX member_name;
CREATE INDEX member_name ON member (name);
ALTER TABLE member DROP COLUMN batch_id;
ALTER TABLE member DROP COLUMN version;
ALTER TABLE member DROP COLUMN left_on;
ALTER TABLE member DROP COLUMN exempt;
ALTER TABLE member DROP COLUMN watched_until;
ALTER TABLE member DROP COLUMN lost_since;
ALTER TABLE member DROP COLUMN group_id;
ALTER TABLE member DROP COLUMN address_sealed;
ALTER TABLE member DROP COLUMN landline;
ALTER TABLE member DROP COLUMN work_post;
ALTER TABLE member DROP COLUMN work_unit;
ALTER TABLE member DROP COLUMN degree;
ALTER TABLE member DROP COLUMN native_place;
ALTER TABLE member DROP COLUMN pinyin;
