// One member: the form with its numbers masked, decisions, change log; for oneself, who looked.
import { download, read, remove, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { when } from "../format.js";
import { refresh } from "../router.js";
import { administered, has, may, me } from "../session.js";
import { badge, button, buttons, card, empty, link, pairs } from "../ui.js";
import { decisions, memberStatuses, sexes, standings, word } from "../words.js";
import { listAddress } from "./members.js";

export async function member({ params }) {
  const at = "/members/" + params.id;
  const [m, decided] = await Promise.all([read(at), read(at + "/decisions")]);
  const own = me().member?.id === m.id;
  return {
    title: m.name,
    wide: true,
    body: [
      card(null, h("div", { class: "headline" }, h("strong", null, m.name), h("span", null, badge(word(memberStatuses, m.status), m.status === "FULL" ? "good" : "warn"), " ",
        m.standing !== "ACTIVE" && badge(word(standings, m.standing), "bad"))), identity(m), doors(m, own)),
      card("党员信息", party(m)), card("学习工作", work(m)),
      card("党籍处理决定", decided.items.length === 0 ? empty("没有处理决定") : h("ol", { class: "timeline" }, decided.items.map(decision))),
      card("变更记录", changeLog(at)),
    ],
    back: own || !may("members") ? "#/me" : listAddress,
  };
}

const identity = (m) => pairs(["性别", word(sexes, m.sex)], ["出生日期", m.born_on], ["民族", m.ethnic_group], ["籍贯", m.native_place],
  ["身份证号", m.id_number], ["手机号", m.phone], ["固定电话", m.landline], ["家庭住址", m.address]);

const party = (m) => pairs(["所在支部", h("a", { href: "#/work/orgs/" + m.org_id }, m.org_name)], ["党小组", m.group_name], ["入党日期", m.admitted_on], ["批准日期", m.approved_on],
  ["转正日期", m.full_on], ["党龄", `${m.seniority} 年`], ["失去联系", m.lost_since && m.lost_since + " 起"], ["留党察看", m.watched_until && "至 " + m.watched_until],
  ["离开名册", m.left_on], ["流动", m.floating && `${m.floating.left_on} 起，${m.floating.place}`], ["免于参加活动", m.exempt && "是"],
  ["微信绑定", m.bound ? `已绑定（${when(m.bound_at)}）` : "未绑定"]);

const work = (m) => pairs(["学历", m.education], ["学位", m.degree], ["职业", m.occupation], ["工作单位", m.work_unit], ["工作岗位", m.work_post], ["科级干部", m.is_cadre ? "是" : "否"]);

function doors(m, own) {
  const works = administered().length > 0 && m.left_on === null;
  return buttons(
    own && link("谁看过我的资料", "#/me/access"),
    may("dues") && link("党费", `#/work/members/${m.id}/dues`),
    works && link("修改资料", `#/work/members/${m.id}/edit`),
    has("identity_reader") && button("查阅完整身份证号", () => reveal(m), "plain"),
    works && m.bound && button("解除微信绑定", () => untie(m), "warn"));
}

async function reveal(m) {
  const shown = await ask({
    title: "查阅完整身份证号", text: "查阅会留下记录，本人可以看到查阅人和用途。",
    fields: [{ name: "reason", label: "用途", type: "textarea", rows: 2, required: true, max: 200 }],
    submit: "查阅", run: (values) => send(`/members/${m.id}/identity`, values),
  });
  if (shown) await ask({ title: shown.name, text: [`身份证号：${shown.id_number}`, shown.phone && `手机号：${shown.phone}`, shown.address && `家庭住址：${shown.address}`].filter(Boolean).join("\n"), submit: "看完了", cancel: null });
}

async function untie(m) {
  const done = await ask({
    title: "解除微信绑定",
    text: `确认解除${m.name}的微信绑定？解除后，原微信将立即退出登录，需要重新绑定才能使用。`,
    submit: "解除绑定",
    run: () => remove(`/members/${m.id}/binding`),
  });
  if (!done) return;
  toast("已解除绑定");
  await refresh();
}

function decision(d) {
  return h("li", null, h("p", { class: "step-name" }, word(decisions, d.kind), h("span", { class: "sub" }, d.decided_on)),
    h("p", { class: "step-note" }, [d.reason, d.decided_by && `作出决定：${d.decided_by}`, d.document_no, d.effective_on !== d.decided_on && `生效：${d.effective_on}`,
      d.until_on && `截止：${d.until_on}`].filter(Boolean).join("\n")),
    h("p", { class: "sub" }, `${d.by_name || "系统"}登记于 ${when(d.at)}`), d.file_id && button("处理决定文件", () => download("/files/" + d.file_id), "small"));
}

// changeLog is read when it is opened: each look is written down for the member.
function changeLog(at) {
  const box = h("div", null, button("查看变更记录", async () => {
    const { items, total } = await read(at + "/changes", { size: 50 });
    box.replaceChildren(items.length === 0 ? empty("没有变更记录") : h("ol", { class: "timeline" }, items.map(change)));
    if (total > items.length) box.append(h("p", { class: "sub" }, `共 ${total} 条，显示最近 ${items.length} 条`));
  }, "plain"));
  return box;
}

function change(c) {
  return h("li", null, h("p", { class: "step-name" }, c.title, h("span", { class: "sub" }, when(c.at))), h("p", { class: "step-note" }, changeText(c)),
    h("p", { class: "sub" }, [c.by && `修改人：${c.by}`, c.reason && `原因：${c.reason}`].filter(Boolean).join("　")));
}

// changeText writes what stood there and what stands there now.
export const changeText = (c) => `${c.before || "（空）"} → ${c.after || "（空）"}`;
