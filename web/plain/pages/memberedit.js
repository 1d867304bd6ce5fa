// The form of a member. Of two who edit at once the second sees what the first has changed, and sends again.
import { put, read } from "../api.js";
import { h, toast } from "../dom.js";
import { form } from "../form.js";
import { when } from "../format.js";
import { go } from "../router.js";
import { card } from "../ui.js";
import { changeText } from "./member.js";

const lists = { ethnic_group: "民族", education: "学历", degree: "学位", occupation: "职业" };

export async function editMember({ params }) {
  const at = "/members/" + params.id;
  const m = await read(at);
  const [groups, ...looked] = await Promise.all([read(`/orgs/${m.org_id}/groups`), ...Object.keys(lists).map((list) => read("/lookups", { list }))]);
  const choices = Object.fromEntries(Object.keys(lists).map((list, i) => [list, looked[i].items.map((l) => ({ value: l.title, label: l.title }))]));
  const fields = fieldsOf(m, choices, groups.items.map((g) => ({ value: g.id, label: g.name })));
  let seen = m;
  const conflict = h("div", { class: "conflict", role: "alert", hidden: true });
  const filled = form({
    fields, submit: "保存",
    run: async (values) => {
      try {
        await put(at, { ...values, version: seen.version });
      } catch (err) {
        if (err.code !== "member.changed") throw err;
        seen = merge(filled, seen, await read(at), values);
        showConflict(conflict, err.details.changes);
        return;
      }
      toast("已保存");
      go("#/work" + at);
    },
  });
  return { title: "修改党员资料", body: card(m.name, conflict, filled), back: "#/work" + at };
}

function fieldsOf(m, choices, groups) {
  const chosen = (name) => ({ name, label: lists[name], type: "select", none: "未填写", value: m[name], options: choices[name], required: name === "ethnic_group" });
  const text = (name, label, max, more) => ({ name, label, max, value: m[name] ?? "", ...more });
  const day = (name, label, more) => ({ name, label, type: "date", value: m[name] ?? "", ...more });
  return [
    text("name", "姓名", 50, { required: true }), text("id_number", "身份证号", 20, { hint: "不更正时请保留遮盖的号码；由上级组织的管理员更正" }),
    chosen("ethnic_group"), text("native_place", "籍贯", 50), text("phone", "手机号", 20, { hint: "不修改时请保留遮盖的号码" }), text("landline", "固定电话", 30),
    text("address", "家庭住址", 200), chosen("education"), chosen("degree"), chosen("occupation"), text("work_unit", "工作单位", 100), text("work_post", "工作岗位", 50),
    { name: "group_id", label: "党小组", type: "select", numeric: true, none: "未编入", value: m.group_id ?? "", options: groups },
    day("admitted_on", "入党日期", { required: true }), day("approved_on", "批准日期"), day("full_on", "转正日期"),
    { name: "is_cadre", label: "科级干部", type: "checkbox", value: m.is_cadre }, { name: "exempt", label: "免于参加活动（年老、体弱、重病）", type: "checkbox", value: m.exempt },
    { name: "reason", label: "修改原因", required: true, max: 200 },
  ];
}

// merge brings what somebody else changed into the fields that this editor has left alone.
function merge(filled, before, now, values) {
  for (const name of Object.keys(values)) {
    const old = before[name] ?? "";
    const untouched = String(values[name] || "") === String(old || "");
    if (name in now && untouched && (now[name] ?? "") !== old) filled.set(name, now[name] ?? "");
  }
  return now;
}

function showConflict(box, changes) {
  const last = changes.at(-1);
  box.replaceChildren(
    h("strong", null, last ? `该党员的资料刚刚被${last.by || "系统"}修改（${when(last.at)}）` : "该党员的资料刚刚被他人修改"),
    h("ul", null, changes.map((c) => h("li", null, `${c.title}：${changeText(c)}${c.reason ? `（${c.reason}）` : ""}`))),
    h("p", null, "您没有改动的项目已换成最新内容，您改过的项目保持不变。请核对后再次保存。"));
  box.hidden = false;
  box.scrollIntoView({ block: "center" });
}
