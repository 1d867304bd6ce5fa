// 督办: what the clock has warned of, and call-backs with their results.
import { read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { thisMonth, when } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { worksDesk } from "../session.js";
import { badge, button, buttons, card, cell, cells, figures, link, monthPicker, pager, pairs, segments } from "../ui.js";
import { truth, words, yesNo } from "./choices.js";

const size = 50;
const levels = [["", "全部"], ["REMINDER", "到期提醒"], ["CHASE", "逾期督办"], ["CRITICISM", "逾期通报"]];
const tones = { REMINDER: "", CHASE: "warn", CRITICISM: "bad" };

// windowName is what stands where a request is with no unit.
export const windowName = "诉求窗口";

export async function warnings({ query }) {
  const { page, ...given } = query;
  const filter = { month: thisMonth(), ...given };
  const choose = (change) => replace(withQuery({ ...filter, ...change }));
  const { items, total } = await read("/supervision/warnings", { ...filter, page, size });
  return {
    title: "提醒和督办",
    body: [
      monthPicker(filter.month, (month) => choose({ month })),
      segments(levels, filter.level ?? "", (level) => choose({ level })),
      segments([["", "全部"], ["true", "尚未完成"]], filter.open ?? "", (open) => choose({ open })),
      cells(items.map((w) => cell({
        title: w.department_name || windowName, sub: [`${w.number}　${w.clock_name}期限 ${w.deadline}`, `${w.warned_on}${w.leader_name ? "　单位领导 " + w.leader_name : ""}`],
        below: [badge(w.level_name, tones[w.level]), badge(w.open ? "尚未完成" : "已完成", w.open ? "warn" : "good")], href: "#/requests/" + w.request_id,
      })), "没有提醒"),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work",
  };
}

export async function revisits({ query }) {
  const { page, ...given } = query;
  const filter = { state: "WAITING", ...given };
  const choose = (change) => replace(withQuery({ ...filter, ...change }));
  const [{ items, total }, coverage] = await Promise.all([read("/supervision/revisits", { ...filter, page, size }), read("/supervision/revisits/coverage", { from: thisMonth(), to: thisMonth() })]);
  const sum = (name) => coverage.items.reduce((n, c) => n + c[name], 0);
  return {
    title: "回访",
    body: [
      figures(["本月应回访", sum("due")], ["已回访", sum("done")], ["未联系上", sum("unreached")], ["逾期", sum("late")]),
      segments([["WAITING", "待回访"], ["DONE", "已回访"], ["UNREACHED", "未联系上"]], filter.state, (state) => choose({ state })),
      items.length === 0 ? cells([], "没有需要回访的诉求") : items.map(revisit),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work",
  };
}

function revisit(v) {
  return card(null,
    h("div", { class: "headline" }, h("strong", null, v.number), h("span", { class: "badges" }, badge(v.late ? "逾期未回访" : v.state_name, v.late ? "bad" : ""), v.solved !== null && badge(v.solved ? "已解决" : "未解决", v.solved ? "good" : "bad"),
      v.satisfied !== null && badge(v.satisfied ? "满意" : "不满意", v.satisfied ? "good" : "bad"), v.false_closing && badge("虚假办结", "bad"), v.reopened && badge("已重新办理", "warn"))),
    pairs(["办结单位", v.department_name || windowName], ["办结时间", when(v.closed_at)], ["办结次数", v.round > 0 && `第 ${v.round} 次重新办理后`], ["回访期限", v.due], ["已试", v.tries > 0 && `${v.tries} 次未联系上`],
      ["回访", v.done_at && `${when(v.done_at)}　${v.done_by}`], ["记录", v.note]),
    buttons(worksDesk() && v.state === "WAITING" && !v.reopened && button("登记结果", () => result(v)), link("查看诉求", "#/requests/" + v.request_id)));
}

async function result(v) {
  const done = await ask({
    title: "回访结果", text: v.number,
    fields: [
      { name: "reached", label: "联系上了群众", type: "checkbox", value: true }, yesNo("solved", "问题是否解决", "已解决", "未解决"), yesNo("satisfied", "对办理是否满意", "满意", "不满意"),
      { name: "false_closing", label: "属于虚假办结", type: "checkbox", hint: "选择后会提出责任追究，由市级管理员认定" }, words("note", "回访记录"),
    ],
    submit: "登记",
    run: (x) => send(`/supervision/revisits/${v.id}/result`, x.reached ? { ...x, solved: truth(x.solved), satisfied: truth(x.satisfied), tries: v.tries } : { reached: false, note: x.note, tries: v.tries }),
  });
  if (!done) return;
  toast(done.send_back ? "已登记，可在诉求页面退回重新办理" : "已登记回访结果");
  await refresh();
}
