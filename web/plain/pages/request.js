// One request: what was said, what has been done, and what this person may do now.
import { download, read } from "../api.js";
import { h } from "../dom.js";
import { when } from "../format.js";
import { staff } from "../session.js";
import { badge, button, card, cell, cells, link, pairs } from "../ui.js";
import { byAccount, citizenActs } from "./citizenacts.js";
import { listed } from "./choices.js";
import { suggestion } from "./merge.js";
import { photos } from "./photos.js";
import { clockText, merged, ratings, readings, steps, tone, units } from "./progress.js";
import { pass } from "./report.js";
import { doors } from "./requestdoors.js";
import { helpers, marks, office, orders } from "./requestoffice.js";

const sources = { mp: "小程序", web: "网页", desk: "窗口登记", api: "单位系统" };
const source = (r) => (r.source === "oa" ? [r.intake_department_name, "公众号"].join("") : sources[r.source] ?? r.source);

export async function request({ params }) {
  const r = await read("/requests/" + params.id);
  const near = r.actions.includes("merge") ? (await read(`/requests/${r.id}/duplicates`)).items : [];
  const works = staff() && (!r.mine || r.actions.some((a) => !citizens.includes(a)));
  const topic = works && r.topic ? (await listed("request_topic")).find((t) => t.value === r.topic)?.label : null;
  return {
    title: "诉求详情",
    body: [
      head(r, works, topic),
      r.own && citizenActs(r.own, byAccount(r.id)),
      doors(r),
      near.length > 0 && card("可能重复", cells(near.slice(0, 5).map((c) => cell(suggestion(c))))),
      r.own && [merged(r.own.merged), units(r.own.units), ratings(r.own.ratings)],
      works && helpers(r.helpers), await orders(r),
      works && r.merged.length > 0 && card("并入本诉求", cells(r.merged.map((m) => cell({ title: m.content, sub: m.number, href: "#/requests/" + m.id })))),
      steps(r.steps),
      works && await office(r),
      r.own && [followCard(r), readings(r.own.identity_readings)],
    ],
    back: "#/requests",
  };
}

const citizens = ["add", "chase", "withdraw", "rate", "reopen"];

function head(r, works, topic) {
  return card(null,
    h("div", { class: "headline" }, h("span", { class: "badges" }, badge(r.state_name, tone(r.state)), r.priority > 0 && badge("优先", "bad"), r.anonymous && badge("匿名"), r.confidential && badge("保密", "warn"), r.final && badge("市级指定"))),
    h("p", { class: "said" }, r.content),
    clockText(r) && h("p", { class: "clock" }, clockText(r)),
    r.first_contact && h("p", { class: "clock" }, "首次联系：", contact(r.first_contact)),
    pairs(["编号", r.number], ["类别", r.category_name], ["地点", r.place], ["反映人", r.citizen], ["来源", source(r)], ["承办单位", r.department_name],
      ["反映时间", when(r.submitted_at)], ["答复", r.reply_wanted && "希望得到答复"], ["评价", works && [r.rating_name, r.rating_note].filter(Boolean).join("：")]),
    works && marks(r, topic),
    works && r.duplicate_of && link("查看主诉求", "#/requests/" + r.duplicate_of), works && r.repeat_of && link("查看首次反映", "#/requests/" + r.repeat_of),
    parts(r.parts));
}

const contact = (c) => (c.at ? badge(`${when(c.at)} 已联系`, c.missed ? "bad" : "good") : badge(c.missed ? `未在 ${when(c.by)} 前联系` : `${when(c.by)} 前`, c.missed ? "bad" : "warn"));

function parts(all) {
  const pictures = all.filter((p) => p.file_id && p.type === "image");
  const more = all.filter((p) => !pictures.includes(p));
  return [
    more.map((p) => h("div", { class: "part" }, h("span", { class: "sub" }, when(p.created_at)), p.content || partNames[p.type],
      p.lost && h("span", { class: "sub" }, p.lost_reason || "未能取得"), p.type === "voice" && p.file_id && button("下载语音", () => download("/files/" + p.file_id), "small"))),
    pictures.length > 0 && photos(pictures.map((p) => p.file_id)),
  ];
}

const partNames = { voice: "［语音］", location: "［位置］", image: "［图片］", text: "" };

// followCard shows the number and the code once they are asked for.
function followCard(r) {
  const shown = h("div");
  const open = button("显示查询码", async () => {
    shown.replaceChildren(pass(await read(`/requests/${r.id}/follow`)));
    open.remove();
  }, "plain");
  return card("查询码", h("p", { class: "sub" }, "凭编号和查询码，不登录也能查看和补充这件诉求。"), shown, open);
}
