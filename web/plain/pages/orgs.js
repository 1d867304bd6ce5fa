// 组织: the tree, opened level by level, and the organisations without an administrator.
import { read } from "../api.js";
import { h, toast } from "../dom.js";
import { may, me } from "../session.js";
import { badge, card, cell, cells, link, pager } from "../ui.js";
import { withQuery } from "../router.js";
import { levels, word } from "../words.js";
import { roots } from "./orgchoice.js";

export async function orgs({ query }) {
  const top = query.root ? [Number(query.root)] : roots().map((o) => o.id);
  const shown = await Promise.all((top.length > 0 ? top : [me().member?.org_id]).filter(Boolean).map((id) => read("/orgs/" + id)));
  const nodes = await Promise.all(shown.map((o) => node(o, true)));
  return {
    title: "组织",
    body: [
      card(null, h("div", { class: "tree" }, nodes.length > 0 ? nodes : h("p", { class: "empty" }, "没有可以查看的组织"))),
      may("orgs") && link("没有管理员的组织", "#/work/orgs/vacancies"),
    ],
    back: "#/work",
  };
}

// node is one organisation with, once it is opened, what lies directly below it.
async function node(o, open) {
  const below = h("div", { class: "tree-below", hidden: true });
  const toggle = h("button", { type: "button", class: "tree-open", "aria-expanded": "false", "aria-label": "展开" + o.name }, "›");
  const flip = async () => {
    if (below.childElementCount === 0) below.append(...await children(o.id));
    below.hidden = !below.hidden;
    toggle.setAttribute("aria-expanded", String(!below.hidden));
  };
  toggle.addEventListener("click", () => flip().catch((err) => toast(err.message)));
  const element = h("div", null,
    h("div", { class: "tree-line" }, o.children > 0 ? toggle : h("span", { class: "tree-leaf", "aria-hidden": "true" }, "·"),
      h("a", { class: "tree-name", href: "#/work/orgs/" + o.id }, o.name), badge(o.children > 0 ? `${word(levels, o.type)} ${o.children}` : word(levels, o.type))),
    below);
  if (open && o.children > 0) await flip();
  return element;
}

async function children(id) {
  const { items } = await read("/orgs", { parent_id: id, size: 1000 });
  return Promise.all(items.map((o) => node(o, false)));
}

const size = 50;

export async function vacancies({ query }) {
  const { items, total } = await read("/admin-vacancies", { page: query.page, size });
  return {
    title: "管理员空缺",
    body: [
      cells(items.map((v) => cell({ title: v.org_name, sub: v.above_name && `上级：${v.above_name}`, side: badge(word(levels, v.type)), href: "#/work/orgs/" + v.org_id })),
        "各级组织都有管理员"),
      pager(query.page, size, total, (page) => withQuery({ page })),
    ],
    back: "#/work/orgs",
  };
}
