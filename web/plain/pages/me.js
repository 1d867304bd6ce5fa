// 我的: who I am here, my bills, and the way out.
import { signOut } from "../api.js";
import { h } from "../dom.js";
import { refresh } from "../router.js";
import { may, me } from "../session.js";
import { button, card, cell, cells, pairs } from "../ui.js";
import { levels, roles, word } from "../words.js";

export async function mine() {
  const { member } = me();
  const lines = roleLines();
  return {
    title: "我的",
    body: [
      h("section", { class: "hero" }, h("p", { class: "hero-name" }, member?.name ?? "未绑定党员身份"), h("p", null, member?.org_name ?? "")),
      card("我的身份", pairs(["姓名", member?.name], ["所在支部", member?.org_name], ["微信绑定", member ? "已绑定" : "未绑定"]),
        lines.length > 0 && h("ul", { class: "role-list" }, lines.map((line) => h("li", null, line)))),
      cells([
        may("my_dues") && cell({ title: "我的党费", sub: "账单、微信支付、收据", href: "#/me/bills" }),
        member && cell({ title: "我的资料", sub: "党员信息、变更记录", href: "#/work/members/" + member.id }),
        member && cell({ title: "我的支部", sub: "组织名片、领导班子", href: "#/work/orgs/" + member.org_id }),
        may("my_development") && cell({ title: "我的入党进程", href: "#/me/development" }),
        may("data_access") && cell({ title: "谁看过我的资料", href: "#/me/access" }),
        member && cell({ title: "党员服务队", href: "#/work/teams" }),
        member && cell({ title: "服务点单", sub: "接单、上门、确认", href: "#/work/orders" }),
        cell({ title: "党费计算器", href: "#/calculator" }),
        cell({ title: "核验党费收据", href: "#/receipt" }),
        cell({ title: "我反映的诉求", href: "#/requests?view=mine" }),
        !member && cell({ title: "绑定党员身份", href: "#/" }),
      ].filter(Boolean)),
      button("退出登录", async () => { await signOut(); await refresh(); }, "plain"),
    ],
  };
}

// roleLines names the person's roles: 城关镇党委 党委管理员.
export function roleLines() {
  return me().roles.map((r) => (r.department_name ? `${r.department_name} ${word(roles, r.role)}`
    : r.role === "desk" ? word(roles, r.role) : `${r.org_name} ${levels[r.level] ?? ""}${word(roles, r.role)}`));
}
