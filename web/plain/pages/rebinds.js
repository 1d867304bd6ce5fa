// 换绑审批: members who have another WeChat account now.
import { read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { when } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { badge, button, buttons, card, empty, pairs, segments } from "../ui.js";
import { rebindStates, word } from "../words.js";

export async function rebinds({ query }) {
  const state = query.state ?? "PENDING";
  const { items } = await read("/rebind-requests", { state });
  return {
    title: "换绑审批",
    body: [
      segments(Object.entries(rebindStates), state, (s) => replace(withQuery({ state: s }))),
      items.length === 0 ? empty("没有换绑申请") : items.map(show),
    ],
    back: "#/work",
  };
}

function show(r) {
  return card(null,
    h("div", { class: "headline" }, h("strong", null, r.member_name), badge(word(rebindStates, r.state), r.state === "PENDING" ? "warn" : "")),
    pairs(["支部", r.org_name], ["手机号", r.phone], ["换绑原因", r.reason], ["申请时间", when(r.created_at)],
      ["审批时间", r.decided_at && when(r.decided_at)], ["审批意见", r.note]),
    r.state === "PENDING" && buttons(button("通过", () => decide(r, "approve", "通过")), button("驳回", () => decide(r, "reject", "驳回"), "warn")));
}

async function decide(r, verb, label) {
  const done = await ask({
    title: label + "换绑申请",
    text: verb === "approve" ? "请先向本人核实。通过后，原微信将立即解除绑定。" : "驳回后，绑定关系不变。",
    fields: [{ name: "note", label: verb === "approve" ? "审批意见" : "驳回理由", type: "textarea", rows: 3, required: verb === "reject", max: 200 }],
    submit: "确认" + label,
    run: (values) => send(`/rebind-requests/${r.id}/${verb}`, values),
  });
  if (!done) return;
  toast("已" + label);
  await refresh();
}
