// Party congresses and their delegates: what is entered about them, and how they stand in a table.
import { post, type Answer } from "@/api/client";
import { today } from "@/format";
import { act } from "@/parts/act";
import { words } from "@/parts/ask";
import type { Column } from "@/parts/table";
import { administered } from "@/session";
import { options, sexes, word } from "@/words";
import { members } from "./find";
import { duties } from "./words";

export type Delegate = Answer<"get", "/delegates">["items"][number];
export type Congress = Answer<"get", "/congresses">["items"][number];

export const delegateColumns: Column<Delegate>[] = [
  { key: "name", name: "党代表", text: (d) => d.name, to: (d) => "/members/" + d.member_id },
  { key: "sex", name: "性别", text: (d) => word(sexes, d.sex) },
  { key: "org", name: "所在支部", text: (d) => d.org_name },
  { key: "congress", name: "党代表大会", text: (d) => d.congress, to: (d) => "/congresses/" + d.congress_id },
  { key: "elected", name: "当选日期", text: (d) => d.elected_on },
  { key: "by", name: "选举单位", text: (d) => d.elected_by },
  { key: "until", name: "任期截止", text: (d) => d.term_until },
  { key: "duties", name: "履职次数", text: (d) => String(d.duties), by: (d) => d.duties, num: true },
  { key: "ended", name: "资格", text: (d) => (d.ended_on ? `${d.ended_on} 终止` : "在任"), badge: (d) => (d.ended_on ? "" : "good") },
  { key: "why", name: "终止原因", text: (d) => d.end_reason || "—", hidden: true },
];

/** The organisations that may hold a congress and that the person administers. */
export const holders = () => administered().filter((r) => r.level === "CITY" || r.level === "COMMITTEE");

export const addCongress = () => act({
  title: "登记党代表大会",
  fields: [
    { name: "org_id", label: "组织", type: "org", required: true, value: holders()[0]?.org_id, hint: "市委或党委" },
    { name: "number", label: "届次", type: "number", required: true },
    { name: "name", label: "名称", required: true, max: 100 },
    { name: "held_on", label: "召开日期", type: "date", required: true },
    { name: "term_until", label: "任期截止日期", type: "date", required: true },
  ],
  submit: "登记", run: (v) => post("/congresses", { body: v as never }),
}, "已登记");

export const addDelegate = (congress: Congress) => act({
  title: "登记党代表", text: congress.name,
  fields: [
    { name: "member_id", label: "党员", type: "select", required: true, find: members(congress.org_id) },
    { name: "elected_on", label: "当选日期", type: "date", required: true },
    { name: "elected_by", label: "选举单位", required: true, max: 100 },
  ],
  submit: "登记", run: (v) => post("/congresses/{id}/delegates", { path: { id: congress.id }, body: v as never }),
}, "已登记");

export const addDuty = (d: Delegate) => act({
  title: "登记履职", text: `${d.name}　${d.congress}`,
  fields: [
    { name: "on_day", label: "日期", type: "date", required: true, value: today() }, { name: "kind", label: "履职方式", type: "select", required: true, options: options(duties) },
    words("note", "履职情况", true, { max: 500 }),
  ],
  submit: "登记", run: (v) => post("/delegates/{id}/duties", { path: { id: d.id }, body: v as never }),
}, "已登记");

export const endDelegate = (d: Delegate) => act({
  title: "终止党代表资格", text: `${d.name}　${d.congress}`,
  fields: [{ name: "ended_on", label: "终止日期", type: "date", required: true, value: today() }, words("reason", "原因", true, { max: 200, rows: 2 })],
  submit: "确认终止", run: (v) => post("/delegates/{id}/end", { path: { id: d.id }, body: v as never }),
}, "已终止");
