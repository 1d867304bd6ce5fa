// What the window and the units do with a request: each action with its button, its questions and its call. The server says which are open.
import { get, post, type Answer } from "@/api/client";
import { words, type Choice, type Field, type Values } from "@/parts/ask";
import { ownUnits } from "@/session";
import { categories, dispositions, options } from "@/words";

export type Request = Answer<"get", "/requests/{id}">;

export interface Act {
  label: string;
  tone?: "primary" | "danger";
  text?: (r: Request) => string;
  fields: (r: Request) => Promise<Field[]> | Field[];
  run: (id: number, v: Values, r: Request) => Promise<unknown>;
}

const listed = async (list: "pause_reason" | "request_topic" | "decline_reason"): Promise<Choice[]> => (await get("/lookups", { query: { list } })).items.map((c) => ({ value: c.code, label: c.title }));
const unit = async (label: string, required = true): Promise<Field> => ({ name: "department_id", label, type: "select", required, options: (await get("/departments", { open: true })).items.map((d) => ({ value: d.id, label: d.name })) });
const topic = async (value = ""): Promise<Field> => ({ name: "topic", label: "主题", type: "select", value, options: await listed("request_topic") });
const category = (value: string): Field => ({ name: "category", label: "类别", type: "select", required: true, options: options(categories), value });
const openParts = (r: Request) => r.helpers.filter((p) => p.state === "OPEN");
const drafts = (id: number) => async () => (await get("/requests/{id}/drafts", { path: { id } })).items.map((d) => ({ title: d.title, text: d.text }));
const pathOf = (id: number) => ({ path: { id } });

/** What the unit said when it asked for more time. */
function asked(r: Request): string {
  const step = r.steps.findLast((s) => s.action === "ask_extension");
  return step ? `${step.department_name || step.actor_name}申请：${step.note}` : "";
}

/** A request by its number, or by the number's last digits. */
async function numbered(number: string): Promise<number> {
  const { items } = await get("/requests", { query: { q: number, size: 2 } });
  if (items.length !== 1) throw new Error(items.length === 0 ? "没有找到该编号的诉求" : "符合的诉求不止一件，请填写完整编号");
  return items[0]!.id;
}

/** In the order in which they are offered. */
export const acts: Record<string, Act> = {
  accept: { label: "受理", tone: "primary", fields: async (r) => [{ name: "disposition", label: "处理方式", type: "select", required: true, options: options(dispositions) }, category(r.category), await topic(r.topic), words("note", "备注")],
    run: (id, v) => post("/requests/{id}/accept", { ...pathOf(id), body: v as never }) },
  decline: { label: "不予受理", tone: "danger", fields: async () => [{ name: "reason_code", label: "原因", type: "select", required: true, options: await listed("decline_reason") }, words("note", "理由和建议去处", true)],
    run: (id, v) => post("/requests/{id}/decline", { ...pathOf(id), body: v as never }) },
  answer: { label: "立即答复", tone: "primary", fields: (r) => [words("note", "答复内容", true, { rows: 5, drafts: drafts(r.id) })], run: (id, v) => post("/requests/{id}/answer", { ...pathOf(id), body: v as never }) },
  refer: { label: "转交办理", tone: "primary", fields: async () => [await unit("承办单位"), words("note", "转交意见（不对群众公开）")], run: (id, v) => post("/requests/{id}/refer", { ...pathOf(id), body: v as never }) },
  assign: { label: "指定承办单位", tone: "primary", text: () => "市级指定后不能再退回。", fields: async () => [await unit("承办单位"), words("note", "指定意见（不对群众公开）")], run: (id, v) => post("/requests/{id}/assign", { ...pathOf(id), body: v as never }) },
  solve: { label: "窗口办理", fields: () => [words("note", "办理安排")], run: (id, v) => post("/requests/{id}/solve", { ...pathOf(id), body: v as never }) },
  handle: { label: "开始办理", tone: "primary", fields: () => [words("note", "办理安排")], run: (id, v) => post("/requests/{id}/handle", { ...pathOf(id), body: v as never }) },
  rework: { label: "重新办理", tone: "primary", fields: () => [words("note", "办理安排")], run: (id, v) => post("/requests/{id}/rework", { ...pathOf(id), body: v as never }) },
  contact: { label: "登记首次联系", fields: () => [words("note", "联系情况", true)], run: (id, v) => post("/requests/{id}/contact", { ...pathOf(id), body: v as never }) },
  reply: { label: "回复群众", fields: (r) => [words("note", "回复内容", true, { rows: 5, drafts: drafts(r.id) })], run: (id, v) => post("/requests/{id}/reply", { ...pathOf(id), body: v as never }) },
  close: { label: "办结", tone: "primary", fields: (r) => [words("note", "办理结果", true, { rows: 5, drafts: drafts(r.id) })], run: (id, v) => post("/requests/{id}/close", { ...pathOf(id), body: v as never }) },
  return: { label: "退回", tone: "danger", fields: () => [words("note", "不属于本单位职责的法律依据", true)], run: (id, v) => post("/requests/{id}/return", { ...pathOf(id), body: v as never }) },
  merge: { label: "合并", text: () => "合并后由主诉求统一办理，群众仍收到进度并可评价。",
    fields: async (r) => {
      const { items } = await get("/requests/{id}/duplicates", pathOf(r.id));
      return [...(items.length ? [{ name: "into", label: "主诉求", type: "select", options: items.map((c) => ({ value: c.id, label: `${c.number}　${c.content.slice(0, 18)}（${[...c.reasons, c.percent > 0 && `文字相似 ${c.percent}%`].filter(Boolean).join("、")}）` })) } as Field] : []),
        { name: "number", label: items.length ? "或按编号指定主诉求" : "主诉求编号", max: 24, hint: items.length ? "不在列表中时填写" : "没有发现可能重复的诉求，可按编号指定" }, words("note", "说明")];
    },
    run: async (id, v) => post("/requests/{id}/merge", { ...pathOf(id), body: { into: v.number ? await numbered(v.number) : v.into, note: v.note } as never }) },
  converse: { label: "转入会话", text: () => "不是诉求的来信转入公众号会话，在会话中回复，不计入统计。", fields: () => [words("note", "说明")], run: (id, v) => post("/requests/{id}/converse", { ...pathOf(id), body: v as never }) },
  help: { label: "请单位协办", fields: async () => [await unit("协办单位"), words("part", "协办内容", true, { max: 500 }), { name: "deadline", label: "协办期限", type: "date", hint: "不填的按规定期限" }], run: (id, v) => post("/requests/{id}/helpers", { ...pathOf(id), body: v as never }) },
  helped: { label: "完成协办", tone: "primary", fields: () => [words("result", "协办结果", true)],
    run: (id, v, r) => post("/requests/{id}/helpers/{department_id}/done", { path: { id, department_id: openParts(r).find((p) => ownUnits().includes(p.department_id))?.department_id ?? 0 }, body: v as never }) },
  cancel_help: { label: "取消协办", fields: (r) => [{ name: "unit", label: "协办单位", type: "select", required: true, options: openParts(r).map((p) => ({ value: p.department_id, label: p.department_name })) }, words("note", "说明")],
    run: (id, v) => post("/requests/{id}/helpers/{department_id}/cancel", { path: { id, department_id: v.unit }, body: { note: v.note } as never }) },
  pause: { label: "暂停计时", fields: async () => [{ name: "reason", label: "原因", type: "select", required: true, options: await listed("pause_reason") }, words("note", "说明（群众可见）", true)], run: (id, v) => post("/requests/{id}/pause", { ...pathOf(id), body: v as never }) },
  resume: { label: "恢复计时", tone: "primary", fields: () => [words("note", "说明")], run: (id, v) => post("/requests/{id}/resume", { ...pathOf(id), body: v as never }) },
  ask_extension: { label: "申请延期", fields: () => [{ name: "working_days", label: "延期工作日数", type: "number", required: true, value: 5 }, words("reason", "延期原因（同意后告知群众）", true, { max: 500 })], run: (id, v) => post("/requests/{id}/extension", { ...pathOf(id), body: v as never }) },
  grant_extension: { label: "同意延期", tone: "primary", text: asked, fields: () => [{ name: "working_days", label: "延期工作日数", type: "number", hint: "不填的按申请天数" }, words("note", "说明")], run: (id, v) => post("/requests/{id}/extension/grant", { ...pathOf(id), body: v as never }) },
  refuse_extension: { label: "不同意延期", tone: "danger", text: asked, fields: () => [words("note", "理由", true)], run: (id, v) => post("/requests/{id}/extension/refuse", { ...pathOf(id), body: v as never }) },
  send_back: { label: "退回重新办理", tone: "danger", fields: () => [words("note", "理由", true)], run: (id, v) => post("/requests/{id}/send-back", { ...pathOf(id), body: v as never }) },
  classify: { label: "分类", fields: async (r) => [category(r.category), await topic(r.topic), { name: "priority", label: "优先级（0 至 9）", type: "number", value: r.priority },
    { ...await unit("被反映单位", false), name: "subject_department_id", value: r.subject_department_id ?? "" }, words("unit_content", "转交内容（代替原文给办理单位看）", false, { max: 2000, value: r.unit_content }),
    ...(r.confidential ? [] : [{ name: "confidential", label: "设为保密（设后不能取消）", type: "checkbox" } as Field]), words("note", "说明")],
  run: (id, { confidential, ...v }) => post("/requests/{id}/classify", { ...pathOf(id), body: { subject_department_id: null, ...v, ...(confidential ? { confidential: true } : {}) } as never }) },
};

/** The actions that are open to this person now. */
export const openActs = (r: Request) => Object.entries(acts).filter(([name]) => r.actions.includes(name));
