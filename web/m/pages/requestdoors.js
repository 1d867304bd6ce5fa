// The buttons of a request: exactly those that the server offers.
import { read, send } from "../api.js";
import { toast } from "../dom.js";
import { ask } from "../dialog.js";
import { refresh } from "../router.js";
import { button, buttons, card } from "../ui.js";
import { categories, grades, options } from "../words.js";

const note = (label, required) => ({ name: "note", label, type: "textarea", rows: 3, required, max: 1000 });

// Each action: its button, and the question before it.
const actions = {
  accept: ["受理", "main", (r) => [{ name: "category", label: "类别", type: "select", options: options(categories), value: r.category }, note("备注")]],
  decline: ["不予受理", "warn", () => [note("理由和建议去处", true)]],
  answer: ["立即答复", "main", () => [note("答复内容", true)]],
  refer: ["转交办理", "main", async () => [{ name: "department_id", label: "承办单位", type: "select", numeric: true, options: await departments() }, note("转交意见（不对群众公开）")]],
  handle: ["开始办理", "main", () => [note("办理安排")]],
  reply: ["回复群众", "plain", () => [note("回复内容", true)]],
  close: ["办结", "main", () => [note("办理结果", true)]],
  rate: ["评价", "main", () => [
    { name: "rating", label: "满意程度", type: "select", numeric: true, value: "5", options: options(grades).reverse() }, note("评价意见")]],
  withdraw: ["撤回", "warn", () => []],
};

// What an action is called in an address, where that differs.
const address = { rate: "rating" };

// doors is the card of what may be done with a request now, or nothing.
export function doors(r) {
  const known = (r.actions ?? []).map((name) => [name, actions[name]]).filter(([, action]) => action);
  if (known.length === 0) return null;
  return card("可以办理", buttons(known.map(([name, [label, style, fields]]) => button(label, () => act(r, name, label, fields), style))));
}

async function act(r, name, label, fields) {
  const done = await ask({ title: label, fields: await fields(r), submit: "确认" + label, run: (values) => send(`/requests/${r.id}/${address[name] ?? name}`, values) });
  if (!done) return;
  toast(label + "成功");
  await refresh();
}

async function departments() {
  const { items } = await read("/departments");
  return items.map((d) => ({ value: d.id, label: d.name }));
}
