// 首页: how things stand for a member; for everybody else, the way to become
// one here, or to bring a request without that.
import { read } from "../api.js";
import { h } from "../dom.js";
import { dayName, monthName, thisMonth, when, yuan } from "../format.js";
import { has, may, me, staff } from "../session.js";
import { badge, buttons, card, cell, cells, figures, link } from "../ui.js";
import { attendances, billStates, themeStates, word } from "../words.js";
import { bindForm } from "./bind.js";
import { roleLines } from "./me.js";

export async function home() {
  if (!may("home")) return { title: "首页", body: guest() };
  const now = await read("/me/home");
  return { title: "首页", body: [hero(now), birthday(now), standing(now), todo(now), doors(), tools()] };
}

function guest() {
  const roles = me().roles;
  return [
    h("section", { class: "hero" }, h("p", { class: "hero-name" }, greeting()),
      h("p", null, roles.length > 0 ? roleLines().join("、") : "有问题发微信，有诉求找 O2O")),
    has("desk", "department_leader", "department_handler") && card("诉求办理", link("打开待办诉求", "#/requests", "main")),
    !has("desk", "department_leader", "department_handler") && card("反映诉求",
      h("p", { class: "sub" }, "无需绑定党员身份，可以随时反映问题、查看办理进度。"), link("我要反映诉求", "#/requests/new", "main")),
    card("我是党员", h("p", { class: "sub" }, "绑定后可以查看党费、主题党日和红能量，并收到提醒。"), bindForm()),
    tools(),
  ];
}

function hero(now) {
  return h("section", { class: "hero" },
    h("p", { class: "hero-name" }, `${greeting()}，${now.name}同志`),
    h("p", null, [now.org_name, now.seniority && `党龄 ${now.seniority.years} 年`].filter(Boolean).join("　")));
}

function birthday(now) {
  const day = now.political_birthday;
  if (!day?.today) return null;
  return h("section", { class: "birthday" },
    h("p", { class: "birthday-head" }, "政治生日快乐"),
    h("p", { class: "birthday-years" }, `入党 ${day.years} 周年`),
    h("p", null, "不忘初心，牢记使命。感谢您一路同行。"));
}

function standing(now) {
  const next = now.political_birthday;
  return card(null, figures(["红能量", now.energy], ["未读消息", now.unread, "#/messages"], ["政治生日", next ? dayName(next.next_on) : "—"]));
}

function todo(now) {
  return card(monthName(thisMonth()), cells([
    cell({ title: "本月党费", sub: now.dues ? yuan(now.dues.amount_fen) : "本月尚未生成账单", side: now.dues && state(billStates, now.dues.state, "PAID", "EXEMPT"), href: "#/me/bills" }),
    cell({
      title: "主题党日", sub: now.theme_day ? [now.theme_day.theme, `${dayName(now.theme_day.held_on)}　${now.theme_day.place}`] : "支部本月尚未安排",
      side: now.theme_day && [state(themeStates, now.theme_day.state, "COMPLETED"), now.theme_day.attendance && word(attendances, now.theme_day.attendance)],
    }),
  ]));
}

const state = (words, code, ...done) => badge(word(words, code), done.includes(code) ? "good" : "warn");

function doors() {
  return buttons(link("反映诉求", "#/requests/new"), staff() && link("诉求办理", "#/requests"));
}

// tools is what anybody may use.
const tools = () => buttons(link("单位名录", "#/units"), link("四率公示", "#/figures"), link("公开的诉求", "#/released"), link("查询诉求进度", "#/follow"),
  link("党费计算器", "#/calculator"), link("核验党费收据", "#/receipt"));

function greeting() {
  const hour = Number(when(Date.now()).slice(11, 13));
  if (hour < 6) return "夜深了";
  if (hour < 12) return "早上好";
  return hour < 18 ? "下午好" : "晚上好";
}
