// 党员队伍变动: who came, who went, between two days; each number opens its list.
import { read, text } from "../api.js";
import { h } from "../dom.js";
import { today } from "../format.js";
import { replace, withQuery } from "../router.js";
import { badge, card, cell, cells, dayPicker, figures, listPicker, pager, table } from "../ui.js";
import { movements, word } from "../words.js";
import { orgOptions, roots } from "./orgchoice.js";

const periodOf = (query) => ({ org_id: query.org_id ?? roots()[0].id, from: query.from ?? today().slice(0, 4) + "-01-01", to: query.to ?? today() });

export async function movement({ query }) {
  const period = periodOf(query);
  const [m, orgs] = await Promise.all([read("/member-movement", period), orgOptions(period.org_id)]);
  const choose = (change) => replace(withQuery({ ...period, ...change }));
  const list = (kind, child) => "#/work/movement/list" + text({ ...period, kind, child_id: child });
  const kinds = Object.keys(movements).map((kind) => [kind, kind.toLowerCase()]);
  const middle = kinds.filter(([kind]) => !["START", "END", "MOVED_IN", "MOVED_OUT"].includes(kind));
  const shown = kinds.filter(([kind, key]) => ["START", "END"].includes(kind) || [m, ...m.children].some((c) => c[key] > 0));
  const number = (n, kind, child) => (n === 0 ? "—" : h("a", { href: list(kind, child) }, String(n)));
  return {
    title: "党员队伍变动",
    wide: true,
    body: [
      listPicker("组织", orgs, String(period.org_id), (o) => choose({ org_id: o })),
      dayPicker("起", period.from, (d) => choose({ from: d })), dayPicker("止", period.to, (d) => choose({ to: d })),
      h("section", { class: "whole card" }, figures(["期初", m.start, list("START")], ["期末", m.end, list("END")], ["净增", m.end - m.start]),
        cells(middle.map(([kind, key]) => cell({ title: word(movements, kind), side: h("strong", { class: "number" }, String(m[key])), href: m[key] > 0 ? list(kind) : undefined })))),
      m.children.length > 1 && h("section", { class: "whole card" }, h("h2", { class: "card-title" }, "下级组织"),
        table(["组织", ...shown.map(([kind]) => word(movements, kind))], m.children.map((c) => [
          h("a", { href: "#/work/movement" + text({ ...period, org_id: c.org_id }) }, c.org_name), ...shown.map(([kind, key]) => number(c[key], kind, c.org_id))]))),
    ],
    back: "#/work/structure?org_id=" + period.org_id,
  };
}

const size = 50;

export async function movementList({ query }) {
  const { items, total } = await read("/member-movement/list", { ...query, size });
  return {
    title: word(movements, query.kind),
    body: [
      card(null, h("p", { class: "sub" }, `${query.from} 至 ${query.to}`)),
      cells(items.map((r) => cell({ title: r.name, sub: r.org_name, side: [badge(word(movements, r.kind)), r.day], href: "#/work/members/" + r.member_id })), "没有符合条件的党员"),
      pager(query.page, size, total, (page) => withQuery({ ...query, page })),
    ],
    back: "#/work/movement" + text({ org_id: query.org_id, from: query.from, to: query.to }),
  };
}
