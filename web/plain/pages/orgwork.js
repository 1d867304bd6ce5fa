// What an organisation still has to do: all its warnings, and the duties of the month and the year with their lists.
import { read, text } from "../api.js";
import { monthName, thisMonth } from "../format.js";
import { replace, withQuery } from "../router.js";
import { badge, bar, card, cell, cells, figures, listPicker, monthPicker, pager, percent, segments } from "../ui.js";
import { levels, word } from "../words.js";
import { warning } from "./org.js";

const size = 50;

export async function orgWarnings({ params, query }) {
  const [summary, { items, total }] = await Promise.all([
    read("/org-warnings/summary", { org_id: params.id }), read("/org-warnings", { org_id: params.id, code: query.code, page: query.page, size }),
  ]);
  const codes = summary.codes.filter((c) => summary.total[c.code] > 0 || c.code === query.code);
  return {
    title: "组织设置预警",
    body: [
      listPicker("种类", [{ value: "", label: "全部" }, ...codes.map((c) => ({ value: c.code, label: `${c.title}（${summary.total[c.code] ?? 0}）` }))],
        query.code ?? "", (code) => replace(withQuery({ code }))),
      cells(items.map(warning), "没有预警"),
      pager(query.page, size, total, (page) => withQuery({ ...query, page })),
    ],
    back: "#/work/orgs/" + params.id,
  };
}

const states = [["due", "全部"], ["done", "已完成"], ["open", "未完成"], ["late", "逾期"]];

export async function orgProgress({ params, query }) {
  const at = `/orgs/${params.id}/progress`;
  const { month = thisMonth(), duty = "THEME_DAY", span = "month", state = "open" } = query;
  const [p, list] = await Promise.all([read(at, { month }), read(at + "/items", { month, duty, span, state, page: query.page, size })]);
  const now = p.total.find((d) => d.duty === duty)[span];
  const choose = (change) => replace(withQuery({ month, duty, span, state, ...change }));
  return {
    title: "工作进度",
    body: [
      monthPicker(month, (m) => choose({ month: m })),
      segments(p.total.map((d) => [d.duty, d.title]), duty, (d) => choose({ duty: d })),
      segments([["month", "本月"], ["year", "本年至今"]], span, (s) => choose({ span: s })),
      figures(["应完成", now.due], ["已完成", now.done], ["逾期", now.late], ["完成率", percent(now.share_bp)]),
      p.children.length > 0 && card("下级组织", cells(p.children.map((c) => child(c, duty, span, query)))),
      segments(states, state, (s) => choose({ state: s })),
      cells(list.items.map((w) => cell({
        title: /^\d{4}-\d\d$/.test(w.what) ? monthName(w.what) : w.what || w.org_name, sub: [w.what && w.org_name, `期限 ${w.due_on}`],
        side: badge(w.done ? "已完成" : w.late ? "逾期" : "未完成", w.done ? "good" : w.late ? "bad" : "warn"), href: "#/work/orgs/" + w.org_id,
      })), "没有这样的工作"),
      pager(query.page, size, list.total, (page) => withQuery({ ...query, page })),
    ],
    back: "#/work/orgs/" + params.id,
  };
}

function child(c, duty, span, query) {
  const n = c.duties.find((d) => d.duty === duty)[span];
  return cell({
    title: c.org_name, sub: word(levels, c.org_type), below: n.due > 0 && bar(n.share_bp),
    side: n.due === 0 ? "无任务" : [`${n.done}/${n.due}`, n.late > 0 && badge(`逾期 ${n.late}`, "bad")],
    href: `#/work/orgs/${c.org_id}/progress` + text({ ...query, page: "" }),
  });
}
