// What an administrator says yes or no to on the phone: reliefs, refunds, transfers, exports. One shape for all.
import { get, post } from "@/api/client";
import { type Field, textOf, type Values } from "./form";
import { joined, monthName, today, when, yuan } from "./format";
import { administered } from "./session";
import { memberStatuses, reliefKinds, word } from "./words";

export interface Approval {
  id: number;
  title: string;
  facts: [string, string | null | undefined | false][];
  /** Whether this person may decide; the server has the last word. */
  mine: boolean;
}

export interface Kind {
  title: string;
  empty: string;
  yes: string;
  no: string;
  read(): Promise<Approval[]>;
  yesFields: Field[];
  noFields: Field[];
  accept(id: number, v: Values): Promise<unknown>;
  refuse(id: number, v: Values): Promise<unknown>;
}

const note = (label: string, required: boolean): Field => ({ name: "note", label, kind: "words", required, max: 200 });
const noteOf = (v: Values) => ({ note: textOf(v, "note") });
const above = (orgId: number) => administered().some((r) => r.org_id !== orgId);

export const kinds: Record<string, Kind> = {
  reliefs: {
    title: "党费减免审批", empty: "没有待审批的减免", yes: "批准", no: "不予批准",
    read: async () => (await get("/dues/reliefs", { query: { state: "PENDING", size: 100 } })).items.map((r) => ({
      id: r.id, title: `${r.member_name}　${word(reliefKinds, r.category)}`, mine: above(r.org_id),
      facts: [["党支部", r.org_name], ["减缴后金额", r.category === "REDUCED" && yuan(r.amount_fen)], ["期限", `${monthName(r.from_month)}至${monthName(r.to_month)}`], ["原因", r.reason], ["支部研究", r.studied_on], ["申请", joined(r.requested_by, when(r.requested_at))]],
    })),
    yesFields: [{ name: "no", label: "批复文号", required: true, max: 64 }, note("审批意见", false)], noFields: [note("理由", true)],
    accept: (id, v) => post("/dues/reliefs/{id}/approve", { path: { id }, body: { decision_no: textOf(v, "no"), ...noteOf(v) } }),
    refuse: (id, v) => post("/dues/reliefs/{id}/reject", { path: { id }, body: noteOf(v) }),
  },
  refunds: {
    title: "退款审批", empty: "没有待审批的退款", yes: "同意退款", no: "驳回",
    read: async () => (await get("/dues/refunds", { query: { state: "REQUESTED", size: 100 } })).items.map((r) => ({
      id: r.id, title: `退款 ${yuan(r.amount_fen)}`, mine: true,
      facts: [["党员", joined(r.member_name, r.month && monthName(r.month))], ["党支部", r.org_name], ["缴费编号", r.number], ["原因", r.reason], ["申请", joined(r.requested_by || "平台", when(r.requested_at))]],
    })),
    yesFields: [note("审批意见", false)], noFields: [note("驳回理由", true)],
    accept: (id, v) => post("/dues/refunds/{id}/approve", { path: { id }, body: noteOf(v) }),
    refuse: (id, v) => post("/dues/refunds/{id}/reject", { path: { id }, body: noteOf(v) }),
  },
  transfers: {
    title: "转入党员接收", empty: "没有等待接收的党员", yes: "接收", no: "退回",
    read: async () => (await get("/transfers", { query: { direction: "in", state: "OPEN", size: 100 } })).items.map((t) => ({
      id: t.id, title: t.name, mine: true,
      facts: [["人员类别", word(memberStatuses, t.status)], ["转出组织", t.from_name], ["接收组织", t.to_name], ["介绍信", t.letter_no], ["党费交至", t.dues_paid_to && monthName(t.dues_paid_to)], ["原因", t.reason], ["申请时间", when(t.requested_at)], ["期限", t.due_on + (t.overdue ? "（已超期）" : "")]],
    })),
    yesFields: [{ name: "moved_on", label: "转入日期", kind: "date", required: true, value: today() }, { name: "receipt", label: "回执编号", max: 64 }],
    noFields: [{ name: "note", label: "退回理由", kind: "words", required: true, max: 200 }],
    accept: (id, v) => post("/transfers/{id}/accept", { path: { id }, body: { moved_on: textOf(v, "moved_on"), receipt_no: textOf(v, "receipt") } }),
    refuse: (id, v) => post("/transfers/{id}/refuse", { path: { id }, body: { reason: textOf(v, "note") } }),
  },
  exports: {
    title: "导出审批", empty: "没有待审批的导出", yes: "同意导出", no: "驳回",
    read: async () => (await get("/exports", { query: { size: 100 } })).items.filter((e) => e.state === "PENDING").map((e) => ({
      id: e.id, title: e.title, mine: e.can_decide,
      facts: [["组织", e.org_name], ["行数", String(e.total)], ["身份证号", e.identity && "含完整身份证号"], ["用途", e.reason], ["申请", joined(e.created_by, when(e.created_at))]],
    })),
    yesFields: [note("审批意见", false)], noFields: [note("驳回理由", true)],
    accept: (id, v) => post("/exports/{id}/approve", { path: { id }, body: noteOf(v) }),
    refuse: (id, v) => post("/exports/{id}/reject", { path: { id }, body: noteOf(v) }),
  },
};
