// The buttons of a request for those who work on it: exactly the actions that the server offers.
import { send } from "../api.js";
import { toast } from "../dom.js";
import { ask } from "../dialog.js";
import { go, refresh } from "../router.js";
import { ownUnits } from "../session.js";
import { button, buttons, card } from "../ui.js";
import { categories, dispositions, options } from "../words.js";
import { listed, unitChoices, words } from "./choices.js";
import { drafts } from "./drafts.js";
import { merge } from "./merge.js";

const unit = async (label, name = "department_id") => ({ name, label, type: "select", required: true, numeric: true, options: await unitChoices() });
const topic = async (value) => ({ name: "topic", label: "主题", type: "select", none: "不选", options: await listed("request_topic"), value });
const category = (value) => ({ name: "category", label: "类别", type: "select", options: options(categories), value });
const days = (label, rest) => ({ name: "working_days", label, type: "number", keyboard: "numeric", min: 1, ...rest });

// Each action: its button, its style, its fields, and where the values go if not to its own name; text stands above the fields.
const acts = {
  accept: ["受理", "main", async (r) => [{ name: "disposition", label: "处理方式", type: "select", options: options(dispositions), value: "REFER" }, category(r.category), await topic(r.topic), words("note", "备注")]],
  decline: ["不予受理", "warn", async () => [{ name: "reason_code", label: "原因", type: "select", options: await listed("decline_reason") }, words("note", "理由和建议去处", true)]],
  answer: ["立即答复", "main", (r) => [words("note", "答复内容", true, { extra: drafts(r) })]],
  refer: ["转交办理", "main", async () => [await unit("承办单位"), words("note", "转交意见（不对群众公开）")]],
  assign: ["指定承办单位", "main", async () => [await unit("承办单位"), words("note", "指定意见（不对群众公开）")], { text: "市级指定后不能再退回。" }],
  solve: ["窗口办理", "plain", () => [words("note", "办理安排")]],
  handle: ["开始办理", "main", () => [words("note", "办理安排")]],
  return: ["退回", "warn", () => [words("note", "不属于本单位职责的法律依据", true)], { leaves: true }],
  rework: ["重新办理", "main", () => [words("note", "办理安排")]],
  contact: ["登记首次联系", "plain", () => [words("note", "联系情况", true)]],
  reply: ["回复群众", "plain", (r) => [words("note", "回复内容", true, { extra: drafts(r) })]],
  close: ["办结", "main", (r) => [words("note", "办理结果", true, { extra: drafts(r) })]],
  help: ["请单位协办", "plain", async () => [await unit("协办单位"), words("part", "协办内容", true, { max: 500 }), { name: "deadline", label: "协办期限", type: "date", hint: "不填的按规定期限" }], { to: () => "helpers" }],
  helped: ["完成协办", "main", () => [words("result", "协办结果", true)], { to: (r) => `helpers/${myPart(r)}/done` }],
  cancel_help: ["取消协办", "plain", (r) => [{ name: "unit", label: "协办单位", type: "select", options: openParts(r).map((p) => ({ value: p.department_id, label: p.department_name })) }, words("note", "说明")],
    { to: (_, v) => `helpers/${v.unit}/cancel`, body: ({ note }) => ({ note }) }],
  pause: ["暂停计时", "plain", async () => [{ name: "reason", label: "原因", type: "select", options: await listed("pause_reason") }, words("note", "说明（群众可见）", true)]],
  resume: ["恢复计时", "main", () => [words("note", "说明")]],
  ask_extension: ["申请延期", "plain", () => [days("延期工作日数", { required: true, value: 5 }), words("reason", "延期原因（同意后告知群众）", true, { max: 500 })], { to: () => "extension" }],
  grant_extension: ["同意延期", "main", () => [days("延期工作日数", { hint: "不填的按申请天数" }), words("note", "说明")], { to: () => "extension/grant", text: asked }],
  refuse_extension: ["不同意延期", "warn", () => [words("note", "理由", true)], { to: () => "extension/refuse", text: asked }],
  send_back: ["退回重新办理", "warn", () => [words("note", "理由", true)], { to: () => "send-back" }],
  classify: ["分类", "plain", classification, { body: classified }],
  converse: ["转入会话", "plain", () => [words("note", "说明")], { text: "不是诉求的消息回到公众号会话中，可在会话中回复。" }],
};

const openParts = (r) => r.helpers.filter((p) => p.state === "OPEN");
const myPart = (r) => openParts(r).find((p) => ownUnits().includes(p.department_id))?.department_id ?? 0;

// asked repeats what the unit asked for.
function asked(r) {
  const step = r.steps.findLast((s) => s.action === "ask_extension");
  return step ? `${step.department_name || step.actor_name}申请：${step.note}` : "";
}

async function classification(r) {
  return [category(r.category), await topic(r.topic), { name: "priority", label: "优先级（0 至 9）", type: "number", keyboard: "numeric", min: 0, value: r.priority },
    { ...await unit("被反映单位", "subject_department_id"), required: false, none: "无", value: r.subject_department_id ?? "" },
    words("unit_content", "转交内容（代替原文给办理单位看）", false, { max: 2000, value: r.unit_content }),
    !r.confidential && { name: "confidential", label: "设为保密", type: "checkbox", hint: "设为保密后不能取消" }, words("note", "说明")].filter(Boolean);
}

function classified({ confidential, ...rest }) {
  return confidential ? { ...rest, confidential } : rest;
}

// doors is the card of what may be done with a request now, or nothing.
export function doors(r) {
  const open = Object.keys(acts).filter((name) => r.actions.includes(name));
  const merges = r.actions.includes("merge");
  if (open.length === 0 && !merges) return null;
  return card("可以办理", buttons(open.map((name) => button(acts[name][0], () => act(r, name), acts[name][1])), merges && button("合并重复诉求", () => merge(r), "plain")));
}

async function act(r, name) {
  const [label, , fields, { to = () => name, body = (v) => v, text = () => "", leaves } = {}] = acts[name];
  const done = await ask({
    title: label, text: typeof text === "string" ? text : text(r), fields: await fields(r), submit: "确认" + label,
    run: (values) => send(`/requests/${r.id}/${to(r, values)}`, body(values)),
  });
  if (!done) return;
  toast("已提交：" + label);
  if (leaves) go("#/requests");
  else await refresh();
}
