// One theme day with its five elements, and the steps to complete it.
import { put, read, remove, send, upload } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { when } from "../format.js";
import { form } from "../form.js";
import { refresh } from "../router.js";
import { administered } from "../session.js";
import { button, buttons, card, link, pairs } from "../ui.js";
import { attendances, options } from "../words.js";
import { photos } from "./photos.js";
import { themeBadge } from "./themedays.js";

export async function themeDay({ params }) {
  const day = await read("/theme-days/" + params.id);
  const open = day.editable;
  const roll = open ? await rollOf(day) : day.attendance;
  return {
    title: "主题党日",
    body: [
      card(null, h("div", { class: "headline" }, h("strong", null, day.theme), themeBadge(day.state)),
        pairs(["党支部", day.org_name], ["日期", day.held_on], ["地点", day.place], ["内容", day.content], ["活动记录", day.record],
          ["完成时间", day.completed_at && when(day.completed_at)], ["撤销原因", day.cancel_note],
          ["还缺少", open && day.missing.join("、")]),
        open && link("修改", `#/work/theme-days/${day.id}/edit`)),
      card("参会人员", open ? rollForm(day, roll) : rollList(roll)),
      card("现场照片", pictures(day, open)),
      administered().length > 0 && day.state !== "CANCELLED" && steps(day),
    ],
    back: "#/work/theme-days",
  };
}

// rollOf is every member of the branch, with what is written down so far.
async function rollOf(day) {
  const { items } = await read("/members", { org_id: day.org_id, standing: "ACTIVE", size: 1000 });
  const known = new Map((day.attendance).map((a) => [a.member_id, a.status]));
  return items.map((m) => ({ member_id: m.id, name: m.name, status: known.get(m.id) ?? "" }));
}

function rollForm(day, roll) {
  const fields = roll.map((a) => ({
    name: String(a.member_id), label: a.name, type: "select", none: "未登记", options: options(attendances), value: a.status,
  }));
  const present = button("未登记的全部记为到会", () => roll.forEach((a) => a.status === "" && filled.set(String(a.member_id), "PRESENT")), "small");
  const filled = form({
    fields, submit: "保存参会人员",
    run: async (values) => {
      const attendance = Object.entries(values).filter(([, status]) => status).map(([id, status]) => ({ member_id: Number(id), status }));
      await put(`/theme-days/${day.id}/attendance`, { attendance });
      toast("已保存参会人员");
      await refresh();
    },
  });
  filled.classList.add("roll");
  return [present, filled];
}

function rollList(roll) {
  const groups = Object.entries(attendances).map(([status, label]) => [label, roll.filter((a) => a.status === status)]);
  return pairs(...groups.filter(([, all]) => all.length > 0).map(([label, all]) => [`${label} ${all.length} 人`, all.map((a) => a.name).join("、")]));
}

function pictures(day, open) {
  const ids = day.photos.map((p) => p.file_id);
  const takeAway = async (id) => {
    await remove(`/theme-days/${day.id}/photos/${id}`);
    await refresh();
  };
  return [
    ids.length > 0 ? photos(ids, open && takeAway) : h("p", { class: "sub" }, "还没有照片"),
    open && form({
      fields: [{ name: "photos", label: "添加照片", type: "file", multiple: true }],
      submit: "上传",
      run: async (values) => {
        for (const photo of values.photos) await upload(`/theme-days/${day.id}/photos`, photo);
        await refresh();
      },
    }),
  ];
}

function steps(day) {
  const complete = async () => {
    await send(`/theme-days/${day.id}/complete`);
    toast("主题党日已完成");
    await refresh();
  };
  return buttons(day.state === "DRAFT" && button("完成", complete), button("撤销本次活动", () => cancel(day), "warn"));
}

async function cancel(day) {
  const done = await ask({
    title: "撤销主题党日",
    text: "撤销后不再计入统计，已发放的红能量将收回。",
    fields: [{ name: "note", label: "撤销原因", type: "textarea", rows: 3, required: true, max: 200 }],
    submit: "确认撤销",
    run: (values) => send(`/theme-days/${day.id}/cancel`, values),
  });
  if (!done) return;
  toast("已撤销");
  await refresh();
}
