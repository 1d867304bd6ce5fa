// What is done about a transfer of affiliation. Which side somebody works for the server knows; a button shows where it may be so.
import { post, type Answer } from "@/api/client";
import { today } from "@/format";
import { act } from "@/parts/act";
import { words } from "@/parts/ask";
import { administered } from "@/session";

export type Transfer = Answer<"get", "/transfers">["items"][number];

// Whoever administers more than branches may work for both sides; of a branch's own administrator the side is known.
const wide = () => administered().some((r) => r.level !== "BRANCH");
const own = (id: number | null) => administered().some((r) => r.org_id === id);
export const receives = (t: Transfer) => wide() || own(t.to_org_id ?? t.from_org_id);
export const sends = (t: Transfer) => wide() || own(t.from_org_id);

const about = (t: Transfer) => `${t.name}　${t.from_name} → ${t.to_name}`;

export const accept = (t: Transfer) => act({
  title: t.to_org_id === null ? "登记接收回执" : "接收组织关系", text: `${about(t)}\n${t.to_org_id === null ? "登记后该党员离开名册。" : "接收后该党员在原支部的职务和角色终止。"}`,
  fields: [
    { name: "moved_on", label: "接收日期", type: "date", value: today() },
    ...(t.to_org_id === null ? [{ name: "receipt_no", label: "接收组织的回执编号", required: true, max: 100 }] : [{ name: "receipt_no", label: "回执编号", max: 100 }]),
  ],
  submit: "确认接收", run: (v) => post("/transfers/{id}/accept", { path: { id: t.id }, body: v as never }),
}, "已接收");

export const refuse = (t: Transfer) => act({
  title: "退回转接", text: about(t), fields: [words("reason", "退回理由", true, { max: 500 })], submit: "确认退回",
  run: (v) => post("/transfers/{id}/refuse", { path: { id: t.id }, body: v as never }),
}, "已退回");

export const withdraw = (t: Transfer) => act({
  title: "撤回转接", text: about(t), fields: [words("note", "说明", false, { max: 500, rows: 2 })], submit: "确认撤回",
  run: (v) => post("/transfers/{id}/withdraw", { path: { id: t.id }, body: v as never }),
}, "已撤回");
