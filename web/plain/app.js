// The frame: which page stands at which address, the title bar, the tab bar.
import { read, signedOut } from "./api.js";
import { h, icon } from "./dom.js";
import { access } from "./pages/access.js";
import { accountabilities, accountability } from "./pages/accountability.js";
import { newAccount, accounts } from "./pages/accounts.js";
import { arrears, arrearsCase } from "./pages/arrears.js";
import { audit } from "./pages/audit.js";
import { bills } from "./pages/bills.js";
import { calculator } from "./pages/calculator.js";
import { collection } from "./pages/collection.js";
import { conversation, conversations } from "./pages/conversations.js";
import { deliveries } from "./pages/deliveries.js";
import { course, myCourse } from "./pages/development.js";
import { developments, guidance } from "./pages/developments.js";
import { developmentStep } from "./pages/developmentstep.js";
import { differences } from "./pages/differences.js";
import { duesAccount, duesPublications } from "./pages/duesaccount.js";
import { duesMoney } from "./pages/duesmoney.js";
import { duesSettings } from "./pages/duessettings.js";
import { exportsPage } from "./pages/exports.js";
import { figures } from "./pages/figures.js";
import { follow, followed } from "./pages/follow.js";
import { forecast, forecastLines, hotspotLines, hotspots } from "./pages/forecast.js";
import { home } from "./pages/home.js";
import { importPage } from "./pages/import.js";
import { imports } from "./pages/imports.js";
import { jobs } from "./pages/jobs.js";
import { mine } from "./pages/me.js";
import { member } from "./pages/member.js";
import { assess, memberDues } from "./pages/memberdues.js";
import { editMember } from "./pages/memberedit.js";
import { members } from "./pages/members.js";
import { messages } from "./pages/messages.js";
import { movement, movementList } from "./pages/movement.js";
import { myBill, myBills, payForOthers } from "./pages/mydues.js";
import { myPayment, myPayments, statement } from "./pages/mypayments.js";
import { newRequest, writeRequest } from "./pages/newrequest.js";
import { order, orders } from "./pages/orders.js";
import { org } from "./pages/org.js";
import { orgs, vacancies } from "./pages/orgs.js";
import { orgProgress, orgWarnings } from "./pages/orgwork.js";
import { payment, payments } from "./pages/payments.js";
import { quarter } from "./pages/quarter.js";
import { rateLines, rates } from "./pages/rates.js";
import { rebinds } from "./pages/rebinds.js";
import { checkReceipt, receipt } from "./pages/receipt.js";
import { releasedList, releasedOne } from "./pages/released.js";
import { reliefs } from "./pages/reliefs.js";
import { reminders } from "./pages/reminders.js";
import { report } from "./pages/report.js";
import { request } from "./pages/request.js";
import { requests } from "./pages/requests.js";
import { exclusions, marks } from "./pages/reviews.js";
import { scoreLines, scores } from "./pages/scores.js";
import { specials } from "./pages/specials.js";
import { standard } from "./pages/standard.js";
import { statistics } from "./pages/statistics.js";
import { structure } from "./pages/structure.js";
import { revisits, warnings } from "./pages/supervision.js";
import { editTeam, newTeam, team, teams } from "./pages/teams.js";
import { themeDay } from "./pages/themeday.js";
import { themeDays } from "./pages/themedays.js";
import { editThemeDay, newThemeDay } from "./pages/themeform.js";
import { unassessed } from "./pages/unassessed.js";
import { units } from "./pages/units.js";
import { welcome } from "./pages/welcome.js";
import { work, worksHere } from "./pages/work.js";
import { go, start } from "./router.js";
import { known, load, may, me } from "./session.js";

// Pages that need nobody signed in.
const openRoutes = [
  ["/calculator", calculator],
  ["/receipt", checkReceipt],
  ["/report", report],
  ["/follow", follow],
  ["/follow/:number/:code", followed],
  ["/figures", figures],
  ["/units", units],
  ["/departments", units], // as the menus of official accounts call it
  ["/released", releasedList],
  ["/released/:number", releasedOne],
];

const routes = [
  ["/", home],
  ["/messages", messages],
  ["/requests", requests],
  ["/requests/new", newRequest],
  ["/requests/write", writeRequest],
  ["/requests/:id", request],
  ["/work", work],
  ["/work/theme-days", themeDays],
  ["/work/theme-days/new", newThemeDay],
  ["/work/theme-days/:id", themeDay],
  ["/work/theme-days/:id/edit", editThemeDay],
  ["/work/statistics", statistics],
  ["/work/rebinds", rebinds],
  ["/work/orgs", orgs],
  ["/work/orgs/vacancies", vacancies],
  ["/work/orgs/:id", org],
  ["/work/orgs/:id/warnings", orgWarnings],
  ["/work/orgs/:id/progress", orgProgress],
  ["/work/orgs/:id/standard", standard],
  ["/work/members", members],
  ["/work/members/:id", member],
  ["/work/members/:id/edit", editMember],
  ["/work/structure", structure],
  ["/work/movement", movement],
  ["/work/movement/list", movementList],
  ["/work/imports", imports],
  ["/work/imports/:id", importPage],
  ["/work/exports", exportsPage],
  ["/work/developments", developments],
  ["/work/developments/guidance", guidance],
  ["/work/developments/:id", course],
  ["/work/developments/:id/steps/:code", developmentStep],
  ["/work/members/:id/dues", memberDues],
  ["/work/members/:id/assess", assess],
  ["/work/dues", collection],
  ["/work/dues/money", duesMoney],
  ["/work/dues/account", duesAccount],
  ["/work/dues/publications", duesPublications],
  ["/work/dues/settings", duesSettings],
  ["/work/dues/specials", specials],
  ["/work/bills", bills],
  ["/work/unassessed", unassessed],
  ["/work/payments", payments],
  ["/work/payments/:id", payment],
  ["/work/arrears", arrears],
  ["/work/arrears/:id", arrearsCase],
  ["/work/reliefs", reliefs],
  ["/work/quarter", quarter],
  ["/work/reminders", reminders],
  ["/work/differences", differences],
  ["/work/conversations", conversations],
  ["/work/conversations/:id", conversation],
  ["/work/warnings", warnings],
  ["/work/revisits", revisits],
  ["/work/accountability", accountabilities],
  ["/work/accountability/:id", accountability],
  ["/work/exclusions", exclusions],
  ["/work/marks", marks],
  ["/work/scores", scores],
  ["/work/scores/lines", scoreLines],
  ["/work/rates", rates],
  ["/work/rates/lines", rateLines],
  ["/work/forecast", forecast],
  ["/work/forecast/lines", forecastLines],
  ["/work/hotspots", hotspots],
  ["/work/hotspots/lines", hotspotLines],
  ["/work/teams", teams],
  ["/work/teams/new", newTeam],
  ["/work/teams/:id", team],
  ["/work/teams/:id/edit", editTeam],
  ["/work/orders", orders],
  ["/work/orders/:id", order],
  ["/work/accounts", accounts],
  ["/work/accounts/new", newAccount],
  ["/work/jobs", jobs],
  ["/work/deliveries", deliveries],
  ["/work/audit", audit],
  ["/me", mine],
  ["/me/bills", myBills],
  ["/me/bills/:id", myBill],
  ["/me/dues/others", payForOthers],
  ["/me/dues/statement", statement],
  ["/me/payments", myPayments],
  ["/me/payments/:id", myPayment],
  ["/me/receipts/:id", receipt],
  ["/me/development", myCourse],
  ["/me/access", access],
  // What messages open: the pages of the mini-program in WeChat.
  ["/pages/index/index", home],
  ["/pages/messages/index", messages],
  ["/pages/dues/index", myBills],
  ["/pages/dues/arrears", ({ query }) => (query.id ? arrearsCase({ params: query }) : arrears({ query }))],
  ["/pages/dues/quarters", quarter],
  ["/pages/dues/publications", duesPublications],
  ["/pages/theme-day/index", ({ query }) => (query.id ? themeDay({ params: query }) : themeDays({ query }))],
  ["/pages/orgs/leadership", ({ query }) => org({ params: query })],
  ["/pages/orgs/vacancies", vacancies],
  ["/pages/request/new", newRequest],
  ["/pages/order/index", ({ query }) => (query.id ? order({ params: query }) : orders({ query }))],
  ["/pages/development/detail", ({ query }) => course({ params: query })],
  ["/pages/request/index", ({ query }) => (query.id ? request({ params: query }) : requests({ query }))],
];

const tabs = [
  ["/", "首页", "M3 11l9-8 9 8v9a1 1 0 0 1-1 1h-5v-7H9v7H4a1 1 0 0 1-1-1z", () => true],
  ["/messages", "消息", "M4 5h16v12H9l-5 4z M8 10h8 M8 13h5", () => true],
  ["/requests", "诉求", "M12 3a9 9 0 0 0-8 13l-1 5 5-1a9 9 0 1 0 4-17z M9 11h6 M12 8v6", () => true],
  ["/work", "工作", "M4 8h16v12H4z M9 8V4h6v4 M4 13h16", () => worksHere()],
  ["/me", "我的", "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8z M4 21c0-4 4-6 8-6s8 2 8 6", () => true],
];

// guarded shows a page to whoever is signed in, and the way in to everybody else.
function guarded(page) {
  return async (at) => {
    if (signedOut()) return welcome();
    if (!known()) await load();
    return page(at);
  };
}

function frame(shown, path) {
  document.title = shown.title + " · 红云";
  document.getElementById("title").textContent = shown.title;
  document.querySelector(".phone").classList.toggle("wide", shown.wide === true);
  const back = document.getElementById("back");
  back.hidden = !shown.back;
  back.onclick = () => go(shown.back);
  const bar = document.getElementById("tabs");
  bar.hidden = signedOut() || me() === null;
  if (!bar.hidden) showTabs(bar, path);
}

function showTabs(bar, path) {
  const here = "/" + path.split("/")[1];
  const count = h("span", { class: "count", hidden: true });
  bar.replaceChildren(...tabs.filter(([, , , open]) => open()).map(([address, name, drawing]) =>
    h("a", { class: "tab", href: "#" + address, "aria-current": address === here ? "page" : null },
      icon(drawing), name, address === "/messages" && count)));
  if (may("messages")) showUnread(count);
}

async function showUnread(count) {
  try {
    const { unread } = await read("/me/home");
    count.textContent = unread > 99 ? "99+" : String(unread);
    count.setAttribute("aria-label", unread + " 条未读");
    count.hidden = !unread;
  } catch {
    count.hidden = true; // the page itself says what is wrong
  }
}

start([...openRoutes, ...routes.map(([pattern, page]) => [pattern, guarded(page)])], frame);
