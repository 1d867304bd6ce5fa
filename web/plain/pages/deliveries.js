// 投递记录: how messages fared on their way to a phone.
import { read } from "../api.js";
import { h } from "../dom.js";
import { when } from "../format.js";
import { replace, withQuery } from "../router.js";
import { badge, cell, cells, link, segments } from "../ui.js";
import { channels, deliveryStates, word } from "../words.js";

const views = [["", "全部"], ...["unknown", "failed", "unreachable", "sent", "pending"].map((state) => [state, deliveryStates[state]])];

export async function deliveries({ query }) {
  const state = query.state ?? "unknown";
  const chosen = state === "all" ? "" : state;
  const { items, next } = await read("/admin/deliveries", { state: chosen, before: query.before });
  return {
    title: "投递记录",
    body: [
      segments(views, chosen, (s) => replace(withQuery({ state: s || "all" }))),
      state === "unknown" && h("p", { class: "sub" }, "微信没有回答是否收到。为免重复打扰，系统不会再次发送，请视情况电话告知。"),
      cells(items.map(line), "没有符合条件的记录"),
      next && link("更早的记录", withQuery({ state, before: next })),
    ],
    back: "#/work",
  };
}

function line(d) {
  return cell({
    title: d.title || d.kind,
    sub: [[d.recipient_name || "群众", when(d.updated_at)].join("　"), d.channel && word(channels, d.channel), d.error],
    side: badge(word(deliveryStates, d.state), tone(d.state)),
  });
}

function tone(state) {
  if (state === "sent") return "good";
  return state === "failed" || state === "unknown" ? "bad" : "";
}
