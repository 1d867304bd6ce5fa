// What the window and the units do about a request besides its steps: who the citizen is, service teams, publishing, supervision.
import { read, readOpen, remove, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { refresh } from "../router.js";
import { ownUnits, worksDesk } from "../session.js";
import { badge, button, buttons, card, cell, cells, pairs } from "../ui.js";
import { accountabilityKinds, options } from "../words.js";
import { listed, unitChoices, words } from "./choices.js";

const working = ["REFERRED", "HANDLING", "REOPENED"];
const closed = ["CLOSED", "RATED", "UNRATED"];
const uncounted = ["CONVERSATION", "DUPLICATE", "DECLINED", "WITHDRAWN"];

// leads tells whether the person works on the request for the unit that has it.
const leads = (r) => (r.department_id === null ? worksDesk() && ["SOLVE", "ANSWER"].includes(r.disposition) : ownUnits().includes(r.department_id));

// office is the card of these buttons, or nothing.
export async function office(r) {
  const desk = worksDesk();
  const lead = leads(r);
  const isClosed = closed.includes(r.state);
  const published = desk && isClosed && !r.confidential ? await release(r) : null;
  const open = [
    (desk || (lead && !r.anonymous && !r.confidential)) && button("查看群众身份", () => reveal(r), "plain"),
    lead && working.includes(r.state) && button("向服务队点单", () => order(r), "plain"),
    published,
    (desk || lead) && !uncounted.includes(r.state) && button("申请剔除", () => exclude(r), "plain"),
    desk && r.state !== "SUBMITTED" && !uncounted.includes(r.state) && button("提出责任追究", () => accuse(r), "plain"),
  ].filter(Boolean);
  return open.length > 0 && card("其他", buttons(open));
}

async function reveal(r) {
  const shown = await ask({ title: "查看群众身份", text: "每次查看都会记录查看人和原因，群众可以看到查看时间和单位。", fields: [words("reason", "查看原因", true, { max: 200, rows: 2 })], submit: "查看", run: (values) => send(`/requests/${r.id}/identity`, values) });
  if (!shown) return;
  const text = [["姓名", shown.name], ["电话", shown.phone], ["公众号", shown.account]].filter(([, v]) => v).map(([name, v]) => `${name}：${v}`).join("\n");
  await ask({ title: "群众身份", text: text || "群众没有留下姓名和电话。", submit: "知道了", cancel: null });
}

async function order(r) {
  const [skills, { items }] = await Promise.all([listed("service_skill"), read("/service-teams")]);
  const made = await ask({
    title: "向服务队点单", text: "服务队能看到服务内容，看不到群众的身份。",
    fields: [
      words("what", "服务内容（含上门地址和要做的事）", true, { max: 500 }),
      { name: "skill", label: "服务技能", type: "select", none: "不限", options: skills }, { name: "area", label: "服务区域", max: 40 },
      { name: "due", label: "上门期限", type: "date", hint: "不填的按诉求办理期限" },
      { name: "team_id", label: "服务队", type: "select", none: "由符合的服务队接单", numeric: true, options: items.filter((t) => !t.closed_on).map((t) => ({ value: t.id, label: t.name })) },
    ],
    submit: "点单", run: ({ team_id, ...values }) => send(`/requests/${r.id}/orders`, team_id ? { ...values, team_id } : values),
  });
  if (!made) return;
  toast("已点单");
  await refresh();
}

// release is the button that publishes a closed request, or takes it back.
async function release(r) {
  const there = await readOpen("/public/releases/" + encodeURIComponent(r.number), { at: Date.now() }).catch(() => null);
  if (there) return button("撤回公开", async () => { await remove(`/requests/${r.id}/release`); toast("已撤回公开"); await refresh(); }, "plain");
  const answer = r.steps.findLast((s) => ["close", "answer"].includes(s.action))?.note ?? "";
  return button("公开诉求", async () => {
    const done = await ask({
      title: "公开诉求", text: "公开的内容任何人都能看到。请去掉姓名、电话、住址等能辨认群众的内容。",
      fields: [{ name: "title", label: "标题", required: true, max: 100 }, words("content", "诉求内容", true, { max: 2000, value: r.unit_content || r.content }), words("answer", "办理结果", true, { max: 4000, value: answer })],
      submit: "公开", run: (values) => send(`/requests/${r.id}/release`, values),
    });
    if (!done) return;
    toast("已公开");
    await refresh();
  }, "plain");
}

async function exclude(r) {
  const done = await ask({ title: "申请剔除", text: "确属不合理诉求的，经另一人确认后不计入四率，并单独列出。", fields: [words("reason", "理由", true, { max: 500 })], submit: "申请剔除", run: (values) => send(`/requests/${r.id}/exclusion`, values) });
  if (done) toast("已提交，等待市级管理员确认");
}

async function accuse(r) {
  const units = await unitChoices();
  const done = await ask({
    title: "提出责任追究", text: "由市级管理员研究认定。",
    fields: [{ name: "kind", label: "类别", type: "select", options: options(accountabilityKinds) }, { name: "department_id", label: "单位", type: "select", numeric: true, none: "诉求窗口", options: units, value: r.department_id ?? "" }, words("reason", "理由", true, { max: 500 })],
    submit: "提出", run: (values) => send("/supervision/accountabilities", { ...values, request_id: r.id }),
  });
  if (done) toast("已提出，等待认定");
}

// helpers is the units that help, with their parts.
export const helpers = (all) => all.length > 0 && card("协办单位", cells(all.map((p) => cell({
  title: p.department_name, sub: [p.part, `期限 ${p.deadline}`, p.result && "结果：" + p.result], side: badge({ OPEN: p.overdue ? "超期" : "协办中", DONE: "已完成", CANCELLED: "已取消" }[p.state], p.overdue ? "bad" : p.state === "DONE" ? "good" : ""),
}))));

// orders is what service teams were asked to do for the request.
export async function orders(r) {
  const { items } = await read("/service-orders", { request_id: r.id }).catch(() => ({ items: [] }));
  return items.length > 0 && card("党员服务", cells(items.map((o) => cell({ title: o.what, sub: [o.team_name || "等待接单", o.due && `上门期限 ${o.due}`], side: badge(o.state_name, o.state === "CONFIRMED" ? "good" : ""), href: "#/work/orders/" + o.id }))));
}

// marks is what the window has put down about the request, for staff.
export const marks = (r, topic) => pairs(["主题", topic], ["处理方式", r.disposition && { ANSWER: "立即答复", REFER: "转交办理", SOLVE: "窗口办理" }[r.disposition]], ["被反映单位", r.subject_department_name],
  ["退回", r.return_count > 0 && `${r.return_count} 次`], ["重新办理", r.reopen_count > 0 && `${r.reopen_count} 次`], ["重复反映", r.repeats > 0 && `${r.repeats} 次`], ["群众催办", r.chases > 0 && `${r.chases} 次`],
  ["转交内容", r.unit_content && h("span", null, r.unit_content)]);
