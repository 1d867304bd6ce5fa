// 发展党员: who is being developed, what is due, and the guidance of a committee. A new application begins here too.
import { read, send, text } from "../api.js";
import { ask } from "../dialog.js";
import { h } from "../dom.js";
import { form } from "../form.js";
import { daysLeft, today } from "../format.js";
import { go, replace, withQuery } from "../router.js";
import { administered } from "../session.js";
import { badge, bar, button, buttons, card, cell, cells, empty, figures, link, listPicker, pager, percent, segments, table } from "../ui.js";
import { courseStates, word } from "../words.js";
import { orgOptions, roots } from "./orgchoice.js";

const size = 50;
const states = ["APPLICANT", "ACTIVIST", "CANDIDATE", "ADMITTED", "PROBATIONARY"];

// listAddress is the list that was last looked at, for the way back from a person.
export let listAddress = "#/work/developments";

export async function developments({ query }) {
  listAddress = withQuery(query);
  const { page, label, ...filter } = query;
  const [{ items, total }, orgs] = await Promise.all([read("/developments", { ...filter, page, size }), orgOptions(filter.org_id)]);
  const branches = administered().length > 0 && orgs;
  return {
    title: "发展党员",
    body: [
      buttons(link("发展党员指导", "#/work/developments/guidance" + text({ org_id: filter.org_id })), branches && button("登记入党申请", () => begin(filter.org_id))),
      listPicker("组织", [{ value: "", label: "全部" }, ...orgs], filter.org_id ?? "", (org_id) => replace(withQuery({ ...filter, label, org_id }))),
      segments([["", "全部"], ...states.map((s) => [s, word(courseStates, s)])], filter.state ?? "", (state) => replace(withQuery({ ...filter, label, state }))),
      card(null, form({ fields: [{ name: "q", label: "姓名", type: "search", value: filter.q ?? "", max: 50 }], submit: "查询", run: ({ q }) => replace(withQuery({ ...filter, label, q })) })),
      label && card(null, link(`只看“${label}”　取消`, withQuery({ org_id: filter.org_id }))),
      cells(items.map(line), "没有符合条件的人员"),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work",
  };
}

function line(d) {
  return cell({
    title: d.name, strong: true, sub: [d.org_name, `申请日期 ${d.applied_on}`], below: d.due_on && dueBadge(daysLeft(d.due_on), d.due_on),
    side: badge(word(courseStates, d.state), { FULL: "good", REJECTED: "bad", CANCELLED: "bad" }[d.state]), href: "#/work/developments/" + d.id,
  });
}

// dueBadge says how long is left until a limit, or how long it is over.
export function dueBadge(left, day) {
  if (left < 0) return badge(`已超期 ${-left} 天`, "bad");
  return badge(left === 0 ? "今日到期" : `${day} 到期，还有 ${left} 天`, left <= 30 ? "warn" : "");
}

// begin writes an application down; what happens then has its own page.
async function begin(orgId) {
  const branches = (await Promise.all(administered().map((r) => (r.level === "BRANCH" ? { items: [{ id: r.org_id, name: r.org_name }] }
    : read("/orgs", { under: orgId || r.org_id, type: "BRANCH", size: 1000 }))))).flatMap((a) => a.items);
  const made = await ask({
    title: "登记入党申请",
    fields: [
      { name: "org_id", label: "党支部", type: "select", numeric: true, value: orgId, options: branches.map((o) => ({ value: o.id, label: o.name })) },
      { name: "name", label: "姓名", required: true, max: 50 }, { name: "id_number", label: "身份证号", required: true, max: 18 },
      { name: "applied_on", label: "递交申请书日期", type: "date", required: true, value: today() }, { name: "phone", label: "手机号", max: 11 },
      { name: "work_unit", label: "工作单位", max: 100 }, { name: "note", label: "说明", type: "textarea", rows: 2, max: 500 },
    ],
    submit: "登记",
    run: (values) => send("/developments", values),
  });
  if (made) go("#/work/developments/" + made.id);
}

export async function guidance({ query }) {
  const id = query.org_id ?? roots()[0].id;
  const [g, orgs] = await Promise.all([read("/development/guidance", { org_id: id }), orgOptions(id)]);
  const list = (label, filter, org = g.org_id) => "#/work/developments" + text({ org_id: org, label, ...filter });
  const late = (org) => list("已超期", { due_before: g.late_until }, org);
  const soon = (org) => list("即将到期", { due_from: g.day, due_before: g.soon_until }, org);
  const t = g.total;
  return {
    title: "发展党员指导",
    wide: true,
    body: [
      listPicker("组织", orgs, String(id), (o) => replace(withQuery({ org_id: o }))),
      h("section", { class: "whole card" }, figures(["申请人", t.applicants, list("", { state: "APPLICANT" })], ["积极分子", t.activists, list("", { state: "ACTIVIST" })],
        ["发展对象", t.candidates, list("", { state: "CANDIDATE" })], ["预备党员", t.probationary, list("", { state: "PROBATIONARY" })]),
      figures(["待党委审批", t.admitted, list("", { state: "ADMITTED" })], ["已超期", t.late, late()], ["即将到期", t.soon, soon()])),
      card("提示", g.hints.length === 0 ? empty("没有需要提示的事项") : h("ul", { class: "plain-list" }, g.hints.map((hint) => h("li", null, hint)))),
      g.shares.map((s) => card(`${s.title}占比`, share("党员", s.members), share("近一年接收", s.admitted, list(`近一年接收：${s.title}`, { admitted_from: g.since, ...trait(s) })),
        share("积极分子和发展对象", s.pipeline, list(`积极分子和发展对象：${s.title}`, { pipeline: true, ...trait(s) })))),
      g.children.length > 1 && h("section", { class: "whole card" }, h("h2", { class: "card-title" }, "下级组织"),
        table(["组织", "申请人", "积极分子", "发展对象", "待审批", "预备党员", "超期", "将到期"], g.children.map((c) => [
          h("a", { href: "#/work/developments/guidance?org_id=" + c.org_id }, c.org_name), c.applicants, c.activists, c.candidates, c.admitted, c.probationary,
          c.late ? h("a", { href: late(c.org_id) }, String(c.late)) : "—", c.soon ? h("a", { href: soon(c.org_id) }, String(c.soon)) : "—"].map((v) => (typeof v === "number" ? String(v) : v))))),
    ],
    back: "#/work/developments",
  };
}

const trait = (s) => ({ WOMEN: { sex: "FEMALE" }, YOUNG: { young: true }, COLLEGE: { college: true } })[s.trait];

function share(title, g, href) {
  return h(href && g.count > 0 ? "a" : "div", { class: "band", href: href && g.count > 0 ? href : null }, h("span", null, title), bar(g.share_bp),
    h("strong", null, percent(g.share_bp), h("small", null, ` ${g.count}/${g.of}`)));
}
