// What is done about a floating member's stay.
import { post, type Answer } from "@/api/client";
import { today } from "@/format";
import { act } from "@/parts/act";
import { words } from "@/parts/ask";
import { administered } from "@/session";
import { options } from "@/words";
import { members } from "./find";
import { outFields } from "./memberacts";
import { floatingEnds, ways } from "./words";

export type Stay = Answer<"get", "/floating">["items"][number];

const about = (f: Stay) => `${f.name}　${f.home_name || "—"} → ${f.host_name || f.place}`;

export const registerOut = () => act({
  title: "登记流出党员", text: "外出六个月以上的登记为流动党员，组织关系不变。",
  fields: [{ name: "member_id", label: "党员", type: "select", required: true, find: members() }, ...outFields],
  submit: "登记", run: (v) => post("/floating/out", { body: v as never }),
}, "已登记");

export const registerIn = () => act({
  title: "登记流入党员", text: "组织关系在平台内的填写身份证号，在平台以外的填写流出地党组织名称，二者填一项。",
  fields: [
    { name: "org_id", label: "流入支部", type: "org", required: true, value: administered().find((r) => r.level === "BRANCH")?.org_id },
    { name: "name", label: "姓名", required: true, max: 50 },
    { name: "id_number", label: "身份证号（平台内）", max: 18 },
    { name: "home_name", label: "流出地党组织名称（平台以外）", max: 100 },
    { name: "phone", label: "手机号", max: 11 },
    { name: "place", label: "现居住地", required: true, max: 200 },
    { name: "left_on", label: "流入日期", type: "date", required: true },
    { name: "expected_until", label: "预计离开日期", type: "date" },
    { name: "card_no", label: "流动党员活动证编号", max: 100 },
    words("reason", "流入原因", false, { max: 500, rows: 2 }),
  ],
  submit: "登记", run: (v) => post("/floating/in", { body: v as never }),
}, "已登记");

export const confirm = (f: Stay) => act({
  title: "确认登记", text: about(f), fields: [{ name: "receipt_no", label: "回执编号", max: 100, hint: "对方在平台以外时填写其回执编号" }], submit: "确认",
  run: (v) => post("/floating/{id}/receipt", { path: { id: f.id }, body: v as never }),
}, "已确认");

export const refuse = (f: Stay) => act({
  title: "退回登记", text: about(f), fields: [words("reason", "退回理由", true, { max: 500 })], submit: "确认退回",
  run: (v) => post("/floating/{id}/refuse", { path: { id: f.id }, body: v as never }),
}, "已退回");

export const contact = (f: Stay) => act({
  title: "登记联系", text: about(f),
  fields: [
    { name: "on_day", label: "联系日期", type: "date", required: true, value: today() }, { name: "way", label: "联系方式", type: "select", required: true, options: options(ways) },
    words("note", "联系情况", true, { max: 500 }),
  ],
  submit: "登记", run: (v) => post("/floating/{id}/contacts", { path: { id: f.id }, body: v as never }),
}, "已登记");

export const end = (f: Stay) => act({
  title: "结束流动", text: about(f),
  fields: [
    { name: "ended_on", label: "结束日期", type: "date", required: true, value: today() }, { name: "reason", label: "结束原因", type: "select", required: true, options: options(floatingEnds) },
    words("note", "说明", false, { max: 500, rows: 2 }),
  ],
  submit: "确认结束", run: (v) => post("/floating/{id}/end", { path: { id: f.id }, body: v as never }),
}, "已结束");
