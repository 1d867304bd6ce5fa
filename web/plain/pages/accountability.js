// 责任追究: proposed by the window or by the clock, decided by a person.
import { read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { when } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { cityAdmin } from "../session.js";
import { badge, button, buttons, card, cell, cells, link, pager, pairs, segments } from "../ui.js";
import { measures, options } from "../words.js";
import { words } from "./choices.js";
import { windowName } from "./supervision.js";

const size = 50;

export async function accountabilities({ query }) {
  const { page, ...given } = query;
  const filter = { state: "PROPOSED", ...given };
  const { items, total } = await read("/supervision/accountabilities", { ...filter, page, size });
  return {
    title: "责任追究",
    body: [
      segments([["PROPOSED", "待认定"], ["DECIDED", "已追究"], ["DISMISSED", "不予追究"]], filter.state, (state) => replace(withQuery({ state }))),
      cells(items.map((a) => cell({
        title: a.department_name || windowName, sub: [`${a.number}　${a.kind_name}`, a.reason, when(a.proposed_at)], side: badge(a.measure_name || a.state_name, a.state === "PROPOSED" ? "warn" : ""), href: "#/work/accountability/" + a.id,
      })), "没有记录"),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work",
  };
}

export async function accountability({ params }) {
  const a = await read(`/supervision/accountabilities/${params.id}`);
  return {
    title: "责任追究",
    body: [
      card(null, h("div", { class: "headline" }, h("strong", null, a.department_name || windowName), badge(a.state_name, a.state === "PROPOSED" ? "warn" : "")),
        pairs(["诉求", a.number], ["类别", a.kind_name], ["理由", a.reason], ["提出", `${when(a.proposed_at)}　${a.by_clock ? "到期自动提出" : a.proposer}`], ["单位领导", a.leader_name],
          ["处理方式", a.measure_name], ["处理对象", a.measure_name && (a.member_name || "单位")], ["认定", a.decided_at && `${when(a.decided_at)}　${a.decider}`], ["说明", a.note]),
        link("查看诉求", "#/requests/" + a.request_id),
        cityAdmin() && a.state === "PROPOSED" && buttons(button("认定追究", () => decide(a)), button("不予追究", () => dismiss(a), "plain"))),
      card("经办人", cells(a.handlers.map((w) => cell({ title: w.name, sub: `${w.steps} 次办理，最近 ${when(w.last_at)}` })), "没有经办记录")),
      card("提醒、督办和通报", cells(a.escalations.map((w) => cell({ title: w.level_name, sub: [`${w.clock_name}期限 ${w.deadline}`, w.leader_name && "单位领导 " + w.leader_name], side: w.warned_on })), "没有提醒记录")),
      h("p", { class: "sub centre" }, "平台只汇总事实和提出，是否追究由人研究决定。"),
    ],
    back: "#/work/accountability",
  };
}

async function decide(a) {
  const people = a.handlers.filter((w) => w.member_id);
  const done = await ask({
    title: "认定追究",
    fields: [{ name: "measure", label: "处理方式", type: "select", options: options(measures) }, { name: "member_id", label: "处理对象", type: "select", numeric: true, none: "单位", options: people.map((w) => ({ value: w.member_id, label: w.name })) }, words("note", "说明", false, { max: 500 })],
    submit: "认定", run: (values) => send(`/supervision/accountabilities/${a.id}/decide`, values),
  });
  if (done) await refresh();
}

async function dismiss(a) {
  const done = await ask({ title: "不予追究", fields: [words("note", "理由", true, { max: 500 })], submit: "确定", run: (values) => send(`/supervision/accountabilities/${a.id}/dismiss`, values) });
  if (!done) return;
  toast("已记录");
  await refresh();
}
