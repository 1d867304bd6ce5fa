// What two persons decide: cases taken out of the rates, and marks of units and their staff.
import { read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { points, thisMonth, today, when } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { cityAdmin, worksDesk } from "../session.js";
import { badge, button, buttons, card, link, monthPicker, pager, pairs, segments, cells } from "../ui.js";
import { markKinds, options } from "../words.js";
import { unitChoices, words } from "./choices.js";
import { windowName } from "./supervision.js";

const size = 50;
const states = (confirmed) => [["PROPOSED", "待确认"], ["CONFIRMED", confirmed], ["REFUSED", "不予确认"]];

export async function exclusions({ query }) {
  const { page, ...given } = query;
  const filter = { state: "PROPOSED", ...given };
  const { items, total } = await read("/supervision/exclusions", { ...filter, page, size });
  return {
    title: "剔除申请",
    body: [
      segments(states("已剔除"), filter.state, (state) => replace(withQuery({ state }))),
      items.length === 0 ? cells([], "没有申请") : items.map((x) => card(null,
        h("div", { class: "headline" }, h("strong", null, x.number), badge(x.state_name, x.state === "PROPOSED" ? "warn" : "")),
        pairs(["单位", x.department_name || windowName], ["理由", x.reason], ["申请", `${when(x.proposed_at)}　${x.proposer}`], ["确认", x.decided_at && `${when(x.decided_at)}　${x.decider}`], ["说明", x.note]),
        decision(x, (word, values) => send(`/supervision/exclusions/${x.id}/${word}`, values), "#/requests/" + x.request_id))),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work",
  };
}

export async function marks({ query }) {
  const { page, ...given } = query;
  const filter = { month: thisMonth(), ...given };
  const choose = (change) => replace(withQuery({ ...filter, ...change }));
  const { items, total } = await read("/supervision/marks", { ...filter, page, size });
  return {
    title: "激励、督查和整改",
    body: [
      worksDesk() && button("登记", record),
      monthPicker(filter.month, (month) => choose({ month })),
      segments([["", "全部"], ...Object.entries(markKinds)], filter.kind ?? "", (kind) => choose({ kind })),
      segments([["", "全部"], ...states("已确认")], filter.state ?? "", (state) => choose({ state })),
      items.length === 0 ? cells([], "没有记录") : items.map((m) => card(null,
        h("div", { class: "headline" }, h("strong", null, m.department_name), h("span", { class: "badges" }, badge(`${m.kind_name} ${points(m.points)} 分`, m.points < 0 ? "bad" : "good"), badge(m.state_name, m.state === "PROPOSED" ? "warn" : ""))),
        pairs(["对象", m.staff_name || "单位"], ["日期", m.day], ["理由", m.reason], ["诉求", m.number], ["登记", `${when(m.recorded_at)}　${m.recorder}`], ["确认", m.decided_at && `${when(m.decided_at)}　${m.decider}`], ["说明", m.note]),
        decision(m, (word, values) => send(`/supervision/marks/${m.id}/${word}`, values), m.request_id && "#/requests/" + m.request_id))),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work",
  };
}

// decision is the second person's word. Who asked may not give it; the server says so.
const decision = (x, decide, href) => buttons(href && link("查看诉求", href),
  cityAdmin() && x.state === "PROPOSED" && button("确认", () => say("确认", false, (values) => decide("confirm", values))),
  cityAdmin() && x.state === "PROPOSED" && button("不予确认", () => say("不予确认", true, (values) => decide("refuse", values)), "warn"));

async function say(title, required, run) {
  const done = await ask({ title, fields: [words("note", required ? "理由" : "说明", required, { max: 500 })], submit: title, run });
  if (done) await refresh();
}

async function record() {
  const units = await unitChoices();
  const done = await ask({
    title: "登记激励、督查或整改", text: "由另一人确认后计入当月得分。",
    fields: [
      { name: "department_id", label: "单位", type: "select", numeric: true, options: units }, { name: "kind", label: "类别", type: "select", options: options(markKinds) },
      { name: "points", label: "分值（扣分填负数）", required: true, placeholder: "如 2 或 -1.5" }, { name: "day", label: "日期", type: "date", required: true, value: today() }, words("reason", "理由", true, { max: 500 }),
    ],
    submit: "登记",
    run: ({ points: given, ...values }) => {
      if (!/^-?\d{1,3}(\.\d{1,2})?$/.test(given)) throw new Error("分值请填写数字，最多两位小数");
      return send("/supervision/marks", { ...values, points: Math.round(Number(given) * 100) });
    },
  });
  if (!done) return;
  toast("已登记，等待确认");
  await refresh();
}
