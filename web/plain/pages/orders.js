// 服务点单: what party-member service teams are asked to do, and each step of it.
import { read, send, upload } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { today, when } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { me, staff } from "../session.js";
import { badge, button, buttons, card, cell, cells, link, pager, pairs, segments } from "../ui.js";
import { words } from "./choices.js";
import { photos } from "./photos.js";

const size = 50;
const tones = { OPEN: "warn", TAKEN: "warn", VISITED: "warn", CONFIRMED: "good", CANCELLED: "" };

export async function orders({ query }) {
  const { page, ...filter } = query;
  const choose = (change) => replace(withQuery({ ...filter, ...change }));
  const { items, total } = await read("/service-orders", { ...filter, page, size });
  return {
    title: "服务点单",
    body: [
      segments([["", "全部"], ["OPEN", "待接单"], ["TAKEN", "已接单"], ["VISITED", "待确认"], ["CONFIRMED", "已完成"]], filter.state ?? "", (state) => choose({ state })),
      me().member && segments([["", "全部"], ["true", "派给我的"]], filter.mine ?? "", (mine) => choose({ mine })),
      cells(items.map((o) => cell({
        title: o.what, strong: true, sub: [[o.skill_name, o.area, o.team_name].filter(Boolean).join("　"), o.due && `上门期限 ${o.due}`], below: [badge(o.state_name, tones[o.state]), o.late && badge("逾期", "bad")].filter(Boolean), href: "#/work/orders/" + o.id,
      })), "没有点单"),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: me().member && !staff() ? "#/me" : "#/work",
  };
}

export async function order({ params }) {
  const o = await read(`/service-orders/${params.id}`);
  return {
    title: "服务点单",
    body: [
      card(null, h("div", { class: "headline" }, badge(o.state_name, tones[o.state]), o.late && badge("逾期", "bad")), h("p", { class: "said" }, o.what),
        pairs(["诉求", o.number], ["点单单位", o.department_name || "诉求窗口"], ["服务技能", o.skill_name], ["服务区域", o.area], ["上门期限", o.due], ["服务队", o.team_name], ["联系电话", o.team_phone], ["上门队员", o.member_name],
          ["接单方式", o.team_id && (o.dispatched ? "派单" : "接单")], ["点单时间", when(o.created_at)], ["上门日期", o.visited_on], ["上门情况", o.visit_note], ["确认", o.confirmed_by && (o.confirmed_by === "citizen" ? "群众确认" : "单位确认")], ["确认说明", o.confirm_note]),
        o.photos.length > 0 && photos(o.photos), (o.mine || staff()) && link("查看诉求", "#/requests/" + o.request_id)),
      o.actions.length > 0 && card("可以办理", buttons(o.actions.filter((a) => acts[a]).map((a) => button(acts[a][0], () => act(o, a), acts[a][1])))),
    ],
    back: "#/work/orders",
  };
}

// Each action: its button, its style, its fields, and its address where that differs.
const acts = {
  claim: ["接单", "main", async (o) => {
    const { items } = await read("/service-teams");
    const own = items.filter((t) => t.members.some((m) => m.member_id === me().member?.id));
    return [{ name: "team_id", label: "服务队", type: "select", numeric: true, none: o.team_id ? undefined : "符合要求的服务队", options: own.map((t) => ({ value: t.id, label: t.name })) }];
  }],
  dispatch: ["派单", "main", async (o) => {
    const { items } = await read("/service-teams");
    return [{ name: "to", label: "服务队和队员", type: "select", value: o.team_id ? o.team_id + "/" : undefined,
      options: items.flatMap((t) => [{ value: t.id + "/", label: `${t.name}（值班队员）` }, ...t.members.map((m) => ({ value: `${t.id}/${m.member_id}`, label: `${t.name}　${m.name}${m.on_duty ? "（值班）" : ""}` }))]) }];
  }],
  visit: ["登记上门", "main", () => [words("note", "上门情况", true), { name: "day", label: "上门日期", type: "date", value: today() }, { name: "photos", label: "照片", type: "file", multiple: true }]],
  give_up: ["退单", "warn", () => [], "give-up"],
  confirm: ["确认完成", "main", () => [words("note", "说明")]],
  redo: ["要求再次上门", "warn", () => [words("note", "原因", true, { max: 500 })]],
  cancel: ["取消点单", "warn", () => [words("note", "原因", true, { max: 500 })]],
};

async function act(o, name) {
  const [label, , fields, address = name] = acts[name];
  const done = await ask({
    title: label, fields: await fields(o), submit: "确认" + label,
    run: async ({ photos: pictures = [], to, ...values }) => {
      for (const picture of pictures) await upload(`/service-orders/${o.id}/photos`, picture);
      const [team, member] = (to ?? "").split("/");
      return send(`/service-orders/${o.id}/${address}`, { ...values, ...(to && { team_id: Number(team), member_id: member ? Number(member) : null }) });
    },
  });
  if (!done) return;
  toast("已提交：" + label);
  await refresh();
}
