// How far a request is: its steps, the units that work on it, the limit that runs. Shared by all who read a request.
import { h } from "../dom.js";
import { dayName, when } from "../format.js";
import { badge, card, cell, cells } from "../ui.js";
import { clocks, word } from "../words.js";

// tone colours a state: done, refused, or on its way.
export function tone(state) {
  if (["CLOSED", "RATED", "UNRATED"].includes(state)) return "good";
  return ["DECLINED", "WITHDRAWN", "DUPLICATE"].includes(state) ? "" : "warn";
}

// clockText is what the open limit shows, in the server's words.
export function clockText(r) {
  const c = r.clock_state;
  if (!c) return null;
  return [word(clocks, r.clock), "：", badge(c.text, c.overdue ? "bad" : !c.paused && r.clock !== "RATE" && c.remaining_days <= 1 ? "warn" : "")];
}

// steps is the history.
export const steps = (all) => card("办理过程", h("ol", { class: "timeline" }, all.map((s) => h("li", null,
  h("p", { class: "step-name" }, s.title, kept(s)),
  h("p", { class: "sub" }, [...new Set([when(s.at), s.actor_name, s.department_name])].filter(Boolean).join("　")),
  s.note && h("p", { class: "step-note" }, s.note)))));

function kept(s) {
  if (s.met === null || s.met === undefined) return null;
  const limit = s.deadline ? `（限 ${dayName(s.deadline)}）` : "";
  return s.met ? badge(word(clocks, s.clock) + "按时" + limit, "good") : badge(word(clocks, s.clock) + "超时" + limit, "bad");
}

// units is who works on it, with their days.
export const units = (all) => all.length > 0 && card("办理单位", cells(all.map((u) => cell({
  title: u.name, sub: u.deadline && `期限 ${dayName(u.deadline)}`, side: badge(u.lead ? "承办" : "协办", u.lead ? "good" : ""),
}))));

// ratings is what the citizen said of each closing.
export const ratings = (all) => all.length > 0 && card("评价", cells(all.map((g) => cell({
  title: g.rating_name, sub: [g.note, g.round > 0 && `第 ${g.round} 次重新办理后`, g.rated_on],
  side: g.solved !== null && badge(g.solved ? "已解决" : "未解决", g.solved ? "good" : "bad"),
}))));

// merged is the progress of the request with which this one is handled.
export const merged = (m) => m && card("合并办理", h("p", null, "与他人反映的同一事项合并办理，进度如下。"),
  cells([cell({ title: m.department_name || "诉求窗口", sub: [m.deadline && `期限 ${dayName(m.deadline)}`, m.result], side: badge(m.state_name, tone(m.state)) })]));

// readings is who has looked up who the citizen is.
export const readings = (all) => all.length > 0 && card("谁查看过我的身份", cells(all.map((x) => cell({ title: x.office, sub: when(x.at) }))));
