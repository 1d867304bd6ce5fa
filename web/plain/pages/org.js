// One organisation: card, leadership, warnings, work, standardisation, history.
import { read } from "../api.js";
import { h } from "../dom.js";
import { may } from "../session.js";
import { badge, bar, card, cell, cells, empty, figures, link, pairs, percent, table } from "../ui.js";
import { levels, orgEvents, word } from "../words.js";
import { soft } from "./orgchoice.js";

export async function org({ params }) {
  const at = "/orgs/" + params.id;
  const reader = may("orgs");
  const [o, leaders, warned, work, standing, past] = await Promise.all([
    read(at), soft(read(at + "/leadership")), reader && soft(read("/org-warnings", { org_id: params.id, size: 5 })), reader && soft(read(at + "/progress")),
    reader && soft(read(at + "/standard/progress")), reader && soft(read(at + "/history", { size: 20 })),
  ]);
  return {
    title: o.name,
    wide: true,
    body: [
      facts(o), leaders && leadership(leaders),
      warned && card("组织设置预警", cells(warned.items.map(warning), "没有预警"),
        warned.total > warned.items.length && link(`全部 ${warned.total} 条预警`, `#/work/orgs/${o.id}/warnings`)),
      work && progress(o, work), standing && standardisation(o, standing), past && history(past),
    ],
    back: reader ? "#/work/orgs" : "#/me",
  };
}

function facts(o) {
  const { committees, general_branches: general, branches } = o.orgs;
  return card(null, h("div", { class: "headline" }, h("strong", null, o.name), badge(o.dissolved_on ? "已撤销" : word(levels, o.type), o.dissolved_on ? "bad" : "")),
    figures(["党员", o.members.total, listed(o, "")], ["正式", o.members.full, listed(o, "&status=FULL")], ["预备", o.members.probationary, listed(o, "&status=PROBATIONARY")],
      o.type !== "BRANCH" && ["支部", branches, `#/work/orgs?root=${o.id}`]),
    pairs(["书记", o.secretary || "未配备"], ["类别", o.kind + (o.is_joint ? "　联合党支部" : "")], ["联合单位", o.joint_units.join("、")],
      ["下级组织", [[committees, "个党委"], [general, "个党总支"], [branches, "个党支部"]].filter(([n]) => n > 0).map(([n, name]) => n + name).join("，")],
      ["地址", o.address], ["电话", o.phone], ["设立日期", o.founded_on], ["撤销日期", o.dissolved_on], ["组织代码", o.official_code], ["管理员", `${o.admins} 人`], ["停止党籍", o.members.suspended > 0 && `${o.members.suspended} 人（不计入党员数）`]));
}

// listed is the address of the members that a number counts, for who may see them.
const listed = (o, more) => may("members") && `#/work/members?org_id=${o.id}&standing=ACTIVE${more}`;

function leadership(l) {
  const { term } = l;
  return card("领导班子",
    term && pairs(["届次", `第 ${term.number} 届`], ["任期", `${term.elected_on} 至 ${term.postponed_until ?? term.ends_on}`], ["文号", term.document_no],
      ["延期", term.postponed_until && `经 ${term.postponed_no || "批准"} 延期`], ["换届", term.overdue && badge("已超过任期", "bad")]),
    cells(l.posts.map((p) => cell({ title: p.member_name, sub: `${p.from_on} 起`, side: badge(p.title), href: may("members") && "#/work/members/" + p.member_id })),
      "没有登记领导班子"));
}

// warning is one line of the list of warnings.
export const warning = (w) => cell({ title: w.title, sub: [w.org_name, w.message, w.clause && `依据：${w.clause}`], href: "#/work/orgs/" + w.org_id });

function progress(o, work) {
  const number = (n) => (n.due === 0 ? "—" : h("span", null, `${n.done}/${n.due}`, n.late > 0 && [" ", badge(`逾期 ${n.late}`, "bad")]));
  return card("工作进度", h("p", { class: "sub" }, "已完成/应完成"),
    table(["工作", "本月", "本年"], work.total.map((d) => [d.title, number(d.month), number(d.year)])), link("查看明细", `#/work/orgs/${o.id}/progress`));
}

function standardisation(o, s) {
  const { total } = s;
  if (total.items === 0) return card("标准化建设", empty("没有适用的建设清单"));
  return card("标准化建设", h("div", { class: "headline" }, h("strong", null, percent(total.share_bp)), h("span", { class: "sub" }, `${total.approved}/${total.items} 项达标`)),
    bar(total.share_bp), link("查看清单", `#/work/orgs/${o.id}/standard`));
}

function history(past) {
  return card("沿革", past.items.length === 0 ? empty("没有变更记录") : h("ol", { class: "timeline" }, past.items.map((e) => h("li", null,
    h("p", { class: "step-name" }, word(orgEvents, e.kind), h("span", { class: "sub" }, e.on)),
    h("p", { class: "step-note" }, [changed(e), e.document_no, e.note].filter(Boolean).join("\n")),
    e.by_name && h("p", { class: "sub" }, "登记人：" + e.by_name)))),
  past.total > past.items.length && h("p", { class: "sub" }, `共 ${past.total} 条，显示最近 ${past.items.length} 条`));
}

const named = {
  name: "名称", parent_name: "隶属", address: "地址", phone: "电话", kind: "类别", official_code: "组织代码", founded_on: "设立日期", is_joint: "联合党支部", type: "级别",
};

const inWords = (value) => (typeof value === "boolean" ? (value ? "是" : "否") : levels[value] ?? value);

function changed(e) {
  const values = Object.keys(named).filter((key) => e.after?.[key] !== undefined || e.before?.[key] !== undefined)
    .map((key) => `${named[key]}：${[e.before?.[key], e.after?.[key]].filter((v) => v !== undefined && v !== "").map(inWords).join(" → ")}`);
  return values.length > 0 ? values.join("\n") : e.other_name;
}
