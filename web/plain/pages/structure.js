// 结构分析: the members of an organisation in the official bands on a day; each number opens its list.
import { read, text } from "../api.js";
import { h } from "../dom.js";
import { today } from "../format.js";
import { replace, withQuery } from "../router.js";
import { bar, card, dayPicker, empty, figures, link, listPicker, percent, segments, table } from "../ui.js";
import { orgOptions, roots } from "./orgchoice.js";

export async function structure({ query }) {
  const id = query.org_id ?? roots()[0].id;
  const on = query.on ?? today();
  const [s, orgs] = await Promise.all([read("/member-structure", { org_id: id, on }), orgOptions(id)]);
  const cut = s.dimensions.find((d) => d.code === query.cut) ?? s.dimensions[0];
  const choose = (change) => replace(withQuery({ org_id: id, on, cut: cut.code, ...change }));
  return {
    title: "结构分析",
    wide: true,
    body: [
      listPicker("组织", orgs, String(id), (o) => choose({ org_id: o })),
      dayPicker("截止日期", on, (d) => choose({ on: d })),
      h("div", { class: "whole card" }, figures(["党员总数", s.members, listOf(s.org_id, s.on)], ["截止日期", s.on]), link("党员队伍变动", "#/work/movement?org_id=" + id)),
      s.dimensions.map((d) => card(d.title, d.bands.filter(filled).map((b) => band(s, d, b)), d.bands.every((b) => !filled(b)) && empty("没有党员"))),
      s.children.length > 1 && h("section", { class: "whole card" }, h("h2", { class: "card-title" }, "下级组织"),
        segments(s.dimensions.map((d) => [d.code, d.title]), cut.code, (c) => choose({ cut: c })), below(s, cut)),
    ],
    back: "#/work",
  };
}

// filled leaves out the band for what is missing where nothing is.
const filled = (b) => b.members > 0 || !b.band.endsWith(":0");

// listOf is the address of the members that a number counts.
function listOf(orgId, on, band, label) {
  return "#/work/members" + text({ org_id: orgId, on, band, label, back: location.hash });
}

function band(s, d, b) {
  return h("a", { class: "band", href: listOf(s.org_id, s.on, b.band, `${d.title}：${b.title}`) },
    h("span", null, b.title), bar(b.share_bp), h("strong", null, b.members, h("small", null, " " + percent(b.share_bp))));
}

function below(s, cut) {
  const bands = cut.bands.filter(filled);
  const rows = s.children.map((c) => {
    const counts = new Map(c.bands.map((b) => [b.band, b]));
    return [
      h("a", { href: "#/work/structure" + text({ org_id: c.org_id, on: s.on, cut: cut.code }) }, c.org_name), h("a", { href: listOf(c.org_id, s.on) }, String(c.members)),
      ...bands.map((b) => h("a", { href: listOf(c.org_id, s.on, b.band, `${cut.title}：${b.title}`) }, String(counts.get(b.band).members))),
    ];
  });
  return table(["组织", "合计", ...bands.map((b) => b.title)], rows);
}
