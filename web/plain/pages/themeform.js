// The form of a theme day: branch, day, theme, content, place, record. Who took
// part and the photos are added on its page.
import { put, read, send } from "../api.js";
import { toast } from "../dom.js";
import { form } from "../form.js";
import { today } from "../format.js";
import { go } from "../router.js";
import { administered } from "../session.js";
import { card } from "../ui.js";

export async function newThemeDay() {
  const branches = await myBranches();
  return page("登记主题党日", { held_on: today() }, "#/work/theme-days",
    [{ name: "org_id", label: "党支部", type: "select", required: true, numeric: true, options: branches }],
    (values) => send("/theme-days", values));
}

export async function editThemeDay({ params }) {
  const day = await read("/theme-days/" + params.id);
  return page("修改主题党日", day, "#/work/theme-days/" + day.id, [], (values) => put("/theme-days/" + day.id, values));
}

function page(title, day, back, first, save) {
  const fields = [
    ...first,
    { name: "held_on", label: "日期", type: "date", required: true, value: day.held_on },
    { name: "theme", label: "活动主题", required: true, max: 100, value: day.theme },
    { name: "content", label: "活动内容", type: "textarea", max: 5000, value: day.content },
    { name: "place", label: "地点", max: 100, value: day.place },
    { name: "record", label: "活动记录", type: "textarea", rows: 6, max: 20000, value: day.record, hint: "完成前须填写" },
  ];
  const run = async (values) => {
    const saved = await save(values);
    toast("已保存");
    go("#/work/theme-days/" + saved.id);
  };
  return { title, body: card(null, form({ fields, submit: "保存", run })), back };
}

// myBranches is the branches that the person administers, directly or from above.
async function myBranches() {
  const own = administered().filter((r) => r.level === "BRANCH").map((r) => ({ value: r.org_id, label: r.org_name }));
  if (own.length === administered().length) return own;
  const { items } = await read("/orgs", { type: "BRANCH", size: 1000 });
  return items.map((o) => ({ value: o.id, label: o.name }));
}
