// 党员服务队: who is in them, what they can do, where, and who is on duty.
import { put, read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { form } from "../form.js";
import { dayName, today } from "../format.js";
import { go, refresh } from "../router.js";
import { administered, me } from "../session.js";
import { badge, button, buttons, card, cell, cells, link, pairs, pick } from "../ui.js";
import { listed, unitChoices, words } from "./choices.js";
import { orgOptions } from "./orgchoice.js";

export async function teams() {
  const [{ items }, skills] = await Promise.all([read("/service-teams"), listed("service_skill")]);
  return {
    title: "党员服务队",
    body: [
      link("服务点单", "#/work/orders", "main"), administered().length > 0 && link("组建服务队", "#/work/teams/new"),
      cells(items.map((t) => cell({ title: t.name, sub: [t.org_name, named(skills, t.skills), t.areas.join("、")], side: [`${t.members.length} 人`, t.open > 0 && badge(`在办 ${t.open}`, "warn")], href: "#/work/teams/" + t.id })), "还没有服务队"),
    ],
    back: administered().length > 0 || me().modules.includes("requests") ? "#/work" : "#/me",
  };
}

const named = (skills, codes) => codes.map((c) => skills.find((s) => s.value === c)?.label ?? c).join("、");

export async function team({ params }) {
  const [t, skills, duties] = await Promise.all([read(`/service-teams/${params.id}`), listed("service_skill"), read(`/service-teams/${params.id}/duties`)]);
  const leads = administered().length > 0 || t.leader_id === me().member?.id;
  const days = Object.entries(Object.groupBy(duties.items, (d) => d.day));
  return {
    title: t.name,
    body: [
      card(null, pairs(["党组织", t.org_name], ["对口单位", t.department_name], ["队长", t.leader_name], ["电话", t.phone], ["服务技能", named(skills, t.skills)], ["服务区域", t.areas.join("、")], ["说明", t.note], ["停止日期", t.closed_on]),
        administered().length > 0 && !t.closed_on && buttons(link("修改", `#/work/teams/${t.id}/edit`), button("停止服务队", () => close(t), "warn"))),
      card("队员", cells(t.members.map((m) => cell({ title: m.name, sub: `${m.joined_on} 加入`, side: [m.member_id === t.leader_id && badge("队长", "good"), m.on_duty && badge("今日值班", "warn")].filter(Boolean) })), "还没有队员"),
        administered().length > 0 && !t.closed_on && button("添加队员", () => join(t), "plain")),
      card("值班", cells(days.map(([day, on]) => cell({ title: dayName(day), side: on.map((d) => d.name).join("、") })), "还没有安排值班"), leads && !t.closed_on && t.members.length > 0 && button("安排值班", () => duty(t), "plain")),
    ],
    back: "#/work/teams",
  };
}

// inputOf is a team as the API takes it back.
const inputOf = (t) => ({ name: t.name, org_id: t.org_id, department_id: t.department_id, leader_id: t.leader_id, phone: t.phone, note: t.note, skills: t.skills, areas: t.areas, member_ids: t.members.map((m) => m.member_id), version: t.version });

async function close(t) {
  const done = await ask({ title: "停止服务队", text: "停止后不再接单，已接的点单须先办完。", submit: "停止", run: () => send(`/service-teams/${t.id}/close`) });
  if (done) await refresh();
}

async function join(t) {
  const found = await ask({
    title: "添加队员", fields: [{ name: "q", label: "姓名或拼音首字母", required: true, max: 50 }], submit: "查找",
    run: async ({ q }) => {
      const { items } = await read("/members", { q, org_id: t.org_id, size: 20 });
      const fresh = items.filter((m) => !t.members.some((x) => x.member_id === m.id));
      if (fresh.length === 0) throw new Error("没有找到可以添加的党员");
      return fresh;
    },
  });
  if (!found) return;
  const done = await ask({
    title: "添加队员", fields: [{ name: "id", label: "党员", type: "select", numeric: true, options: found.map((m) => ({ value: m.id, label: `${m.name}　${m.org_name ?? ""}` })) }], submit: "添加",
    run: ({ id }) => put(`/service-teams/${t.id}`, { ...inputOf(t), member_ids: [...inputOf(t).member_ids, id] }),
  });
  if (done) await refresh();
}

async function duty(t) {
  const done = await ask({
    title: "安排值班", fields: [{ name: "day", label: "日期", type: "date", required: true, value: today() }, ...t.members.map((m) => ({ name: "m" + m.member_id, label: m.name, type: "checkbox", value: m.on_duty }))], submit: "保存",
    run: ({ day, ...on }) => put(`/service-teams/${t.id}/duties`, { day, member_ids: t.members.map((m) => m.member_id).filter((id) => on["m" + id]) }),
  });
  if (!done) return;
  toast("已安排值班");
  await refresh();
}

export const newTeam = () => edited(null);
export const editTeam = async ({ params }) => edited(await read(`/service-teams/${params.id}`));

async function edited(t) {
  const [orgs, units, skills] = await Promise.all([orgOptions(t?.org_id), unitChoices(), listed("service_skill")]);
  const chosen = h("fieldset", { class: "picks" }, h("legend", null, "服务技能"), skills.map((s) => pick({ value: s.value, title: s.label, checked: t?.skills.includes(s.value) })));
  return {
    title: t ? "修改服务队" : "组建服务队",
    body: card(null, form({
      fields: [
        { name: "name", label: "名称", required: true, max: 60, value: t?.name }, { name: "org_id", label: "所属党组织", type: "select", numeric: true, required: true, options: orgs, value: t?.org_id },
        { name: "department_id", label: "对口单位", type: "select", numeric: true, none: "无", options: units, value: t?.department_id ?? "" },
        t && { name: "leader_id", label: "队长", type: "select", numeric: true, none: "未定", options: t.members.map((m) => ({ value: m.member_id, label: m.name })), value: t.leader_id ?? "" },
        { name: "phone", label: "联系电话", max: 40, value: t?.phone }, { name: "areas", label: "服务区域", value: t?.areas.join("、"), hint: "多个区域用顿号分开" }, words("note", "说明", false, { max: 500, value: t?.note, extra: chosen }),
      ].filter(Boolean),
      submit: "保存",
      run: async (values) => {
        const body = { ...(t && inputOf(t)), ...values, department_id: values.department_id || null, leader_id: values.leader_id || null, areas: values.areas.split(/[、，,\s]+/).filter(Boolean),
          skills: [...chosen.querySelectorAll("input:checked")].map((i) => i.value) };
        const made = t ? await put(`/service-teams/${t.id}`, body) : await send("/service-teams", { ...body, member_ids: [] });
        go("#/work/teams/" + made.id);
      },
    })),
    back: t ? "#/work/teams/" + t.id : "#/work/teams",
  };
}
