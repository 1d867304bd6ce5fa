// What will be late this week, and what many people bring up: both with the requests behind them.
import { read } from "../api.js";
import { h } from "../dom.js";
import { dayName } from "../format.js";
import { replace, withQuery } from "../router.js";
import { badge, card, cell, cells, empty, figures, listPicker, pager, segments, table } from "../ui.js";
import { categories, clocks, options, word } from "../words.js";
import { windowName } from "./supervision.js";

const size = 50;
const to = (page, query) => page + "?" + new URLSearchParams(Object.entries(query).filter(([, v]) => v !== undefined && v !== null && v !== ""));

export async function forecast() {
  const f = await read("/requests/forecast");
  const n = (count, query) => (count > 0 ? h("a", { class: "plain-link", href: to("#/work/forecast/lines", query) }, count) : "0");
  return {
    title: "本周将超期",
    body: [
      figures(["已经超期", f.late, to("#/work/forecast/lines", { part: "LATE" })], [`${dayName(f.until)}前到期`, f.due, to("#/work/forecast/lines", { part: "DUE" })]),
      card("按到期日", table(["日期", "到期"], f.days.map((d) => [dayName(d.day), n(d.due, { day: d.day, part: "DUE" })]))),
      card("按单位", f.units.length === 0 ? empty("没有将超期的诉求") : table(["单位", "已超期", "将到期"], f.units.map((u) => [u.department_name || windowName, n(u.late, { department_id: u.department_id, part: "LATE" }), n(u.due, { department_id: u.department_id, part: "DUE" })]))),
    ],
    back: "#/work",
  };
}

export async function forecastLines({ query }) {
  const { items, total } = await read("/requests/forecast/lines", { ...query, size });
  return { title: "将超期的诉求", body: [stakes(items), pager(query.page, size, total, (page) => withQuery({ ...query, page }))], back: "#/work/forecast" };
}

const stakes = (items) => cells(items.map((r) => cell({
  title: r.number, sub: [`${word(categories, r.category)}　${r.department_name || windowName}`, `反映 ${r.submitted_on}`],
  side: r.deadline && badge(`${word(clocks, r.clock)}期限 ${dayName(r.deadline)}`, r.late ? "bad" : "warn"), href: "#/requests/" + r.id,
})), "没有诉求");

export async function hotspots({ query }) {
  const days = query.days ?? "30";
  const { items } = await read("/requests/hotspots", { days, category: query.category });
  const choose = (change) => replace(withQuery({ days, category: query.category, ...change }));
  return {
    title: "诉求热点",
    body: [
      segments([["7", "7 天"], ["30", "30 天"], ["90", "90 天"], ["366", "一年"]], days, (d) => choose({ days: d })),
      listPicker("类别", [{ value: "", label: "全部" }, ...options(categories)], query.category ?? "", (category) => choose({ category })),
      cells(items.map((s) => cell({
        title: [s.topic_title || "未分主题", s.place].filter(Boolean).join("　"), sub: [word(categories, s.category), `前一时段 ${s.before} 件`],
        side: [h("span", { class: "number" }, `${s.count} 件`), s.growth !== 0 && badge((s.growth > 0 ? "+" : "") + s.growth, s.growth > 0 ? "warn" : "good")],
        href: to("#/work/hotspots/lines", { days, category: s.category, topic: s.topic, kind: s.kind, cell: s.cell, place: s.kind === "TEXT" ? s.place : "" }),
      })), "没有集中反映的问题"),
    ],
    back: "#/work",
  };
}

export async function hotspotLines({ query }) {
  const { items, total } = await read("/requests/hotspots/lines", { ...query, size });
  return { title: "集中反映的诉求", body: [stakes(items), pager(query.page, size, total, (page) => withQuery({ ...query, page }))], back: "#/work/hotspots" };
}
