// One request: what was said, what has been done, and what this person may do now.
import { read } from "../api.js";
import { h } from "../dom.js";
import { dayName, when } from "../format.js";
import { badge, card, pairs } from "../ui.js";
import { clocks, word } from "../words.js";
import { doors } from "./requestdoors.js";
import { photos } from "./photos.js";
import { limit, tone } from "./requests.js";

export async function request({ params }) {
  const r = await read("/requests/" + params.id);
  return {
    title: "诉求详情",
    body: [
      card(null,
        h("div", { class: "headline" }, badge(r.state_name, tone(r.state)), limit(r)),
        h("p", { class: "said" }, r.content),
        pairs(["编号", r.number], ["类别", r.category_name], ["地点", r.place], ["反映人", r.citizen],
          ["来源", source(r)], ["承办单位", r.department_name], ["反映时间", when(r.submitted_at)], ["评价", rating(r)]),
        parts(r.parts)),
      doors(r),
      card("办理过程", h("ol", { class: "timeline" }, r.steps.map(step))),
    ],
    back: "#/requests",
  };
}

const source = (r) => (r.source === "oa" ? [r.intake_department_name, "公众号"].join("") : "小程序");
const rating = (r) => [r.rating_name, r.rating_note].filter(Boolean).join("：");

function parts(all) {
  const pictures = all.filter((p) => p.file_id && p.type === "image");
  const more = all.filter((p) => !pictures.includes(p));
  return [
    more.map((p) => h("p", { class: "part" }, h("span", { class: "sub" }, when(p.created_at)), p.content || partNames[p.type])),
    pictures.length > 0 && photos(pictures.map((p) => p.file_id)),
  ];
}

const partNames = { voice: "［语音］", location: "［位置］", image: "［图片］", text: "" };

function step(s) {
  return h("li", null,
    h("p", { class: "step-name" }, s.title, mark(s)),
    h("p", { class: "sub" }, [...new Set([when(s.at), s.actor_name, s.department_name])].filter(Boolean).join("　")),
    s.note && h("p", { class: "step-note" }, s.note));
}

function mark(s) {
  if (s.met === null || s.met === undefined) return null;
  const limit = s.deadline ? `（限 ${dayName(s.deadline)}）` : "";
  return s.met ? badge(word(clocks, s.clock) + "按时" + limit, "good") : badge(word(clocks, s.clock) + "超时" + limit, "bad");
}
