// The form of one step: its day, what the step asks for, the papers, and the ballot where the branch votes.
import { read, send } from "../api.js";
import { h, toast } from "../dom.js";
import { form } from "../form.js";
import { today } from "../format.js";
import { go } from "../router.js";
import { button, card, empty } from "../ui.js";
import { addPaper } from "./development.js";

const number = (name, label, more) => ({ name, label, type: "number", min: 0, value: 0, ...more });
const filed = (label, required) => ({ name: "filed_on", label, type: "date", required });
const reason = (label = "原因", required = true) => ({ name: "reason", label, type: "textarea", rows: 2, max: 500, required });
const passed = (yes, no) => ({ name: "passed", label: "结果", type: "select", options: [{ value: "true", label: yes }, { value: "false", label: no }] });
const result = (...all) => ({ name: "result", label: "结果", type: "select", options: all.map(([value, label]) => ({ value, label })) });
const ballot = [
  number("present", "到会有表决权人数"), number("yes", "赞成票"), number("no", "反对票"), number("abstain", "弃权票"), number("written", "书面意见数"),
];

// wants is what each step asks for besides its day and a note.
const wants = {
  T2: [filed("上级党委备案日期", true)],
  T2a: ["培养联系人", "培养联系人（第二名）"],
  T3a: [passed("同意", "不同意"), filed("备案日期"), reason("意见", false)],
  T3c: [passed("无异议", "异议成立"), reason("异议和核实情况", false)],
  T4a: ["入党介绍人", "入党介绍人（第二名）"],
  T4b: [passed("合格", "不合格"), reason("说明", false)],
  T4c: [number("days", "培训天数"), number("hours", "培训学时")],
  T4d: [passed("合格", "不合格"), reason("说明", false)],
  T5: [{ name: "person_present", label: "发展对象到会", type: "checkbox" }, ...ballot, filed("决议上报日期")],
  T6s: [reason("特殊情况")],
  T6: [filed("再上一级党委组织部门备案日期")],
  T6x: [result(["CANDIDATE", "仍为发展对象"], ["REJECTED", "终止"]), reason()],
  T8a: ballot,
  T8: [passed("批准转正", "未批准"), { name: "full_on", label: "转正日期", type: "date", hint: "默认为预备期满之日，另定的须写明原因" }, reason("原因", false)],
  T9a: [...ballot, number("months", "延长月数", { value: 6 })],
  T9: [passed("批准", "未批准"), reason("说明", false)],
  T10a: [...ballot, reason("原因", false)],
  T10: [passed("批准", "未批准"), reason("原因", false)],
  T0: [result(["WITHDRAWN", "本人撤回"], ["STOPPED", "停止培养"]), reason()],
};

export async function developmentStep({ params }) {
  const d = await read("/developments/" + params.id);
  const n = d.next.find((step) => step.code === params.code);
  const back = "#/work/developments/" + d.id;
  if (!n) return { title: "办理", body: empty("当前不能办理这一步"), back };
  const wanted = wants[n.code] ?? [];
  const people = wanted.some((w) => typeof w === "string") ? await fullMembers(d.org_id) : [];
  const fields = [
    { name: "on_day", label: "日期", type: "date", required: true, value: today() },
    ...wanted.map((w, i) => (typeof w === "string" ? { name: "member" + i, label: w, type: "select", none: "未选择", numeric: true, options: people } : w)),
    { name: "note", label: "说明", type: "textarea", rows: 3, max: 1000 },
  ];
  const lacking = [...n.problems, ...n.warnings].flatMap((p) => p.papers ?? []);
  const other = n.problems.filter((p) => !p.papers?.length);
  const beside = n.warnings.filter((p) => !p.papers?.length);
  return {
    title: n.title,
    body: [
      card(d.name, h("p", { class: "sub" }, `${d.org_name}　${d.state_title}`), n.earliest_on && h("p", null, `最早可在 ${n.earliest_on} 办理`),
        other.length > 0 && h("ul", { class: "problem plain-list" }, other.map((p) => h("li", null, p.message))),
        beside.length > 0 && h("ul", { class: "sub plain-list" }, beside.map((p) => h("li", null, p.message)))),
      d.papers.some((p) => p.step === n.code) && card("材料", lacking.length > 0 ? h("p", { class: "problem" }, "缺少：" + lacking.join("、")) : h("p", { class: "sub" }, "材料齐全"),
        button("上传材料", () => addPaper(d, n.code), "plain")),
      card("办理", form({ fields, compact: true, submit: "登记", run: (values) => take(d, n, values, back) })),
    ],
    back,
  };
}

async function take(d, n, values, back) {
  const input = { version: d.version, code: n.code };
  const members = [];
  for (const [name, value] of Object.entries(values)) {
    if (name.startsWith("member")) value && members.push({ member_id: value });
    else if (name === "passed") input.passed = value === "true";
    else if (value !== "" && value !== undefined) input[name] = value;
  }
  if (members.length > 0) input.members = members;
  const after = await send(`/developments/${d.id}/steps`, input);
  const step = after.steps.at(-1);
  toast(step?.data?.passed === false ? "已登记，结果为未通过" : "已登记");
  go(back);
}

async function fullMembers(orgId) {
  const { items } = await read("/members", { org_id: orgId, status: "FULL", standing: "ACTIVE", size: 1000 });
  return items.map((m) => ({ value: m.id, label: m.name }));
}
