// The start page: the cast of the synthetic county, as the WeChat sandbox knows
// it, and the way into each person's phone. Without the sandbox: the links alone.

const roles = [
  ["city_leader", "市级领导"], ["city_admin", "市级管理员"], ["committee_admin", "党委管理员"], ["branch_leader", "支部领导"],
  ["branch_admin", "支部管理员"], ["member", "党员"], ["desk", "O2O 受理台"], ["department_leader", "部门领导"],
  ["department_handler", "部门经办人"], ["citizen", "群众"],
];

// works is who has something to do at a desk.
const works = roles.map(([role]) => role).filter((role) => role !== "member" && role !== "citizen");

const notice = document.getElementById("notice");

async function start() {
  const answer = await fetch("/sandbox/api/people");
  if (answer.status === 404) {
    notice.textContent = "本系统已连接真实微信，请在微信中打开小程序。";
    return;
  }
  if (!answer.ok) throw new Error("the sandbox answered " + answer.status);
  const people = await answer.json();
  if (people.length > 0) show(people);
  else notice.textContent = "还没有演示人物：本系统启动时没有生成演示数据。";
}

function show(people) {
  for (const [role, title] of roles) {
    document.getElementById("cards").append(...people.filter((p) => p.role === role).map((p) => person(title, p)));
  }
  for (const tour of document.querySelectorAll(".tours li")) lead(tour, people);
  notice.hidden = true;
  document.getElementById("tours").hidden = false;
  document.getElementById("cast").hidden = false;
}

function person(title, p) {
  const bind = p.bind && make("p", "bind", `尚未绑定。绑定时填写：${p.bind.name}，身份证后六位 `, make("code", "", p.bind.id_last6));
  return make("li", "person", make("span", "role", title), make("strong", "", p.name), make("span", "sub", p.org), bind, make("span", "space"),
    open(p, "mini", "以此身份打开手机", "button"), works.includes(p.role) && office(p), works.includes(p.role) && desk(p, "打开工作页面", "button plain"));
}

// lead gives a tour the phone to begin with.
function lead(tour, people) {
  const { role, unbound, tab, work } = tour.dataset;
  const first = people.find((p) => p.role === role && (!unbound || p.bind));
  if (first) tour.append(work ? desk(first, `以${first.name}的身份打开工作页面`, "") : open(first, tab ?? "mini", `打开${first.name}的手机`, ""));
}

// office leads to the back office.
function office(p) {
  const link = make("a", "button plain", "打开电脑后台");
  link.href = "/admin/?" + new URLSearchParams({ person: p.id });
  return link;
}

// desk leads to the plain pages, for the work that the back office does not do yet.
function desk(p, label, style) {
  const link = make("a", style, label);
  link.href = "/plain/?" + new URLSearchParams({ person: p.id }) + "#/work";
  return link;
}

function open(p, tab, label, style) {
  const link = make("a", style, label);
  link.href = "/sandbox/?" + new URLSearchParams({ person: p.id, tab });
  return link;
}

// make builds an element; text from the server only ever becomes text.
function make(tag, style, ...children) {
  const element = document.createElement(tag);
  if (style) element.className = style;
  element.append(...children.filter(Boolean));
  return element;
}

start().catch(() => { notice.textContent = "人物名单暂时无法读取，请刷新页面再试。"; });
