// 查询诉求进度 with number and code: no account is needed, and whoever has the code may do what the citizen may.
import { readOpen } from "../api.js";
import { h } from "../dom.js";
import { form } from "../form.js";
import { when } from "../format.js";
import { go } from "../router.js";
import { badge, card, pairs } from "../ui.js";
import { byCode, citizenActs } from "./citizenacts.js";
import { back, home, others } from "./outside.js";
import { clockText, merged, ratings, readings, steps, tone, units } from "./progress.js";

export async function follow() {
  return {
    title: "查询诉求进度",
    body: [
      card(null, form({
        fields: [{ name: "number", label: "诉求编号", required: true, max: 40, placeholder: "HY20261123-0001" }, { name: "code", label: "查询码", required: true, max: 32, placeholder: "XXXXX-XXXXX" }],
        submit: "查询",
        run: async ({ number, code }) => {
          if (number === "" || code === "") throw new Error("请填写诉求编号和查询码");
          await readOpen(`/public/requests/${encodeURIComponent(number)}`, { code });
          go(`#/follow/${encodeURIComponent(number)}/${encodeURIComponent(code)}`);
        },
      })),
      others("#/follow"), home(),
    ],
    back: back(),
  };
}

export async function followed({ params }) {
  const [number, code] = [decodeURIComponent(params.number), decodeURIComponent(params.code)];
  const r = await readOpen(`/public/requests/${encodeURIComponent(number)}`, { code });
  return {
    title: "诉求进度",
    body: [
      card(null, h("div", { class: "headline" }, badge(r.state_name, tone(r.state)), r.anonymous && badge("匿名")),
        h("p", { class: "said" }, r.content), clockText(r) && h("p", { class: "clock" }, clockText(r)),
        pairs(["编号", r.number], ["类别", r.category_name], ["地点", r.place], ["承办单位", r.department_name], ["反映时间", when(r.submitted_at)], ["催办", r.chases > 0 && `${r.chases} 次`]),
        r.parts.map((p) => h("p", { class: "part" }, h("span", { class: "sub" }, when(p.created_at)), p.content || partNames[p.type]))),
      citizenActs(r, byCode(encodeURIComponent(number), code)),
      merged(r.merged), units(r.units), ratings(r.ratings), steps(r.steps), readings(r.identity_readings),
      home(),
    ],
    back: "#/follow",
  };
}

const partNames = { voice: "［语音］", location: "［位置］", image: "［照片］", text: "" };
