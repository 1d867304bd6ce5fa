// What the window and the units do with a request: each action with its button, its questions and its call.
import { type Answer, get, post } from "@/api/client";
import { type Choice, type Field, numberOf, textOf, type Values, yesOf } from "./form";
import { ownUnits } from "./session";
import { categories, choices, dispositions } from "./words";

export type Request = Answer<"get", "/requests/{id}">;
type Category = "CONSULT" | "HELP" | "COMPLAINT" | "SUGGESTION" | "URGENT";

export interface Act {
  label: string;
  kind: "main" | "plain" | "warn";
  text?(r: Request): string;
  fields(r: Request): Promise<Field[]> | Field[];
  run(id: number, v: Values, r: Request): Promise<unknown>;
  /** The request leaves this person's hands: the page goes back. */
  leaves?: boolean;
}

const words = (name: string, label: string, required = false, more: Partial<Field> = {}): Field => ({ name, label, kind: "words", required, max: 1000, ...more });
const listed = async (list: string): Promise<Choice[]> => (await get("/lookups", { query: { list: list as "pause_reason" } })).items.map((c) => ({ value: c.code, label: c.title }));
const unit = async (label: string, required = true): Promise<Field> => ({ name: "unit", label, kind: "pick", required, options: [...(required ? [] : [{ value: "", label: "无" }]), ...(await get("/departments", { open: true })).items.map((d) => ({ value: String(d.id), label: d.name }))] });
const topic = async (value = ""): Promise<Field> => ({ name: "topic", label: "主题", kind: "pick", value, options: [{ value: "", label: "不选" }, ...await listed("request_topic")] });
const category = (value: string): Field => ({ name: "category", label: "类别", kind: "chips", required: true, options: choices(categories), value });
const note = (v: Values) => ({ note: textOf(v, "note") });
const days = (required: boolean, hint = ""): Field => ({ name: "days", label: "延期工作日数", kind: "number", required, max: 3, hint, value: required ? "5" : "" });
const openParts = (r: Request) => r.helpers.filter((p) => p.state === "OPEN");

/** What the unit said when it asked for more time. */
function asked(r: Request): string {
  const step = [...r.steps].reverse().find((s) => s.action === "ask_extension");
  return step ? `${step.department_name || step.actor_name}申请：${step.note}` : "";
}

/** In the order in which they are offered; the server says which are open. */
export const acts: Record<string, Act> = {
  accept: { label: "受理", kind: "main", fields: async (r) => [{ name: "way", label: "处理方式", kind: "chips", required: true, value: "REFER", options: choices(dispositions) }, category(r.category), await topic(r.topic), words("note", "备注")],
    run: (id, v) => post("/requests/{id}/accept", { path: { id }, body: { disposition: textOf(v, "way") as "REFER", category: textOf(v, "category") as Category, topic: textOf(v, "topic"), ...note(v) } }) },
  decline: { label: "不予受理", kind: "warn", fields: async () => [{ name: "reason", label: "原因", kind: "pick", required: true, options: await listed("decline_reason") }, words("note", "理由和建议去处", true)],
    run: (id, v) => post("/requests/{id}/decline", { path: { id }, body: { reason_code: textOf(v, "reason"), ...note(v) } }) },
  answer: { label: "立即答复", kind: "main", fields: () => [words("note", "答复内容", true)], run: (id, v) => post("/requests/{id}/answer", { path: { id }, body: note(v) }) },
  refer: { label: "转交办理", kind: "main", fields: async () => [await unit("承办单位"), words("note", "转交意见（不对群众公开）")],
    run: (id, v) => post("/requests/{id}/refer", { path: { id }, body: { department_id: Number(v.unit), ...note(v) } }) },
  assign: { label: "指定承办单位", kind: "main", text: () => "市级指定后不能再退回。", fields: async () => [await unit("承办单位"), words("note", "指定意见（不对群众公开）")],
    run: (id, v) => post("/requests/{id}/assign", { path: { id }, body: { department_id: Number(v.unit), ...note(v) } }) },
  solve: { label: "窗口办理", kind: "plain", fields: () => [words("note", "办理安排")], run: (id, v) => post("/requests/{id}/solve", { path: { id }, body: note(v) }) },
  handle: { label: "开始办理", kind: "main", fields: () => [words("note", "办理安排")], run: (id, v) => post("/requests/{id}/handle", { path: { id }, body: note(v) }) },
  rework: { label: "重新办理", kind: "main", fields: () => [words("note", "办理安排")], run: (id, v) => post("/requests/{id}/rework", { path: { id }, body: note(v) }) },
  contact: { label: "登记首次联系", kind: "plain", fields: () => [words("note", "联系情况", true)], run: (id, v) => post("/requests/{id}/contact", { path: { id }, body: note(v) }) },
  reply: { label: "回复群众", kind: "plain", fields: () => [words("note", "回复内容", true)], run: (id, v) => post("/requests/{id}/reply", { path: { id }, body: note(v) }) },
  close: { label: "办结", kind: "main", fields: () => [words("note", "办理结果", true)], run: (id, v) => post("/requests/{id}/close", { path: { id }, body: note(v) }) },
  return: { label: "退回", kind: "warn", leaves: true, fields: () => [words("note", "不属于本单位职责的法律依据", true)], run: (id, v) => post("/requests/{id}/return", { path: { id }, body: note(v) }) },
  help: { label: "请单位协办", kind: "plain", fields: async () => [await unit("协办单位"), words("part", "协办内容", true, { max: 500 }), { name: "until", label: "协办期限", kind: "date", hint: "不填的按规定期限" }],
    run: (id, v) => post("/requests/{id}/helpers", { path: { id }, body: { department_id: Number(v.unit), part: textOf(v, "part"), deadline: textOf(v, "until") } }) },
  helped: { label: "完成协办", kind: "main", fields: () => [words("result", "协办结果", true)],
    run: (id, v, r) => post("/requests/{id}/helpers/{department_id}/done", { path: { id, department_id: openParts(r).find((p) => ownUnits().includes(p.department_id))?.department_id ?? 0 }, body: { result: textOf(v, "result") } }) },
  cancel_help: { label: "取消协办", kind: "plain", fields: (r) => [{ name: "unit", label: "协办单位", kind: "pick", required: true, options: openParts(r).map((p) => ({ value: String(p.department_id), label: p.department_name })) }, words("note", "说明")],
    run: (id, v) => post("/requests/{id}/helpers/{department_id}/cancel", { path: { id, department_id: Number(v.unit) }, body: note(v) }) },
  pause: { label: "暂停计时", kind: "plain", fields: async () => [{ name: "reason", label: "原因", kind: "pick", required: true, options: await listed("pause_reason") }, words("note", "说明（群众可见）", true)],
    run: (id, v) => post("/requests/{id}/pause", { path: { id }, body: { reason: textOf(v, "reason"), ...note(v) } }) },
  resume: { label: "恢复计时", kind: "main", fields: () => [words("note", "说明")], run: (id, v) => post("/requests/{id}/resume", { path: { id }, body: note(v) }) },
  ask_extension: { label: "申请延期", kind: "plain", fields: () => [days(true), words("reason", "延期原因（同意后告知群众）", true, { max: 500 })],
    run: (id, v) => post("/requests/{id}/extension", { path: { id }, body: { working_days: numberOf(v, "days"), reason: textOf(v, "reason") } }) },
  grant_extension: { label: "同意延期", kind: "main", text: asked, fields: () => [days(false, "不填的按申请天数"), words("note", "说明")],
    run: (id, v) => post("/requests/{id}/extension/grant", { path: { id }, body: { working_days: numberOf(v, "days"), ...note(v) } }) },
  refuse_extension: { label: "不同意延期", kind: "warn", text: asked, fields: () => [words("note", "理由", true)], run: (id, v) => post("/requests/{id}/extension/refuse", { path: { id }, body: note(v) }) },
  send_back: { label: "退回重新办理", kind: "warn", fields: () => [words("note", "理由", true)], run: (id, v) => post("/requests/{id}/send-back", { path: { id }, body: note(v) }) },
  classify: { label: "分类", kind: "plain", fields: async (r) => [category(r.category), await topic(r.topic), { name: "priority", label: "优先级（0 至 9）", kind: "number", max: 1, value: String(r.priority) },
    { ...await unit("被反映单位", false), value: r.subject_department_id ? String(r.subject_department_id) : "" }, words("unit_content", "转交内容（代替原文给办理单位看）", false, { max: 2000, value: r.unit_content }),
    ...(r.confidential ? [] : [{ name: "confidential", label: "设为保密", kind: "yes", hint: "设为保密后不能取消" } as Field]), words("note", "说明")],
  run: (id, v) => post("/requests/{id}/classify", { path: { id }, body: { category: textOf(v, "category") as Category, topic: textOf(v, "topic"), priority: numberOf(v, "priority") ?? null, subject_department_id: Number(v.unit) || null,
    unit_content: textOf(v, "unit_content"), ...(yesOf(v, "confidential") ? { confidential: true } : {}), ...note(v) } }) },
};

/** The actions that are open to this person now. */
export const openActs = (r: Request) => Object.keys(acts).filter((name) => r.actions.includes(name));
