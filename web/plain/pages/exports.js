// 导出申请: the lists that were asked for, the approval of long ones, and the files.
import { download, read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { when } from "../format.js";
import { refresh, withQuery } from "../router.js";
import { badge, bar, button, buttons, card, empty, pager, pairs } from "../ui.js";
import { exportStates, word } from "../words.js";

const size = 20;
const tones = { READY: "good", REJECTED: "bad", FAILED: "bad" };

export async function exportsPage({ query }) {
  const { items, total } = await read("/exports", { page: query.page, size });
  return {
    title: "导出申请",
    wide: true,
    again: items.some((e) => ["QUEUED", "RUNNING"].includes(e.state)) ? 2000 : 0,
    body: [
      items.length === 0 ? empty("还没有导出申请。请在“党员名册”中筛选后导出。") : items.map(show),
      pager(query.page, size, total, (page) => withQuery({ page })),
    ],
    back: "#/work",
  };
}

function show(e) {
  const running = ["QUEUED", "RUNNING"].includes(e.state);
  return card(null, h("div", { class: "headline" }, h("strong", null, `${e.title}　${e.total} 行`), badge(word(exportStates, e.state), tones[e.state] ?? "warn")),
    running && bar(e.progress * 100),
    pairs(["用途", e.reason], ["范围", e.org_name], ["身份证号", e.identity ? "完整" : "遮盖"], ["申请人", `${e.created_by}　${when(e.created_at)}`],
      ["审批人", e.decided_by && `${e.decided_by}　${when(e.decided_at)}`], ["说明", e.note || (e.expired && "文件已过期删除，请重新申请")]),
    buttons(
      e.state === "READY" && e.mine && !e.expired && button("下载文件", () => download(`/exports/${e.id}/file`)),
      e.state === "PENDING" && e.can_decide && [button("同意", () => decide(e, "approve", "同意导出", false)), button("驳回", () => decide(e, "reject", "驳回导出", true), "warn")]));
}

async function decide(e, verb, title, required) {
  const done = await ask({
    title, text: `${e.created_by}申请导出${e.title} ${e.total} 行，用途：${e.reason}`,
    fields: [{ name: "note", label: required ? "驳回原因" : "审批意见", type: "textarea", rows: 2, required, max: 200 }],
    run: (values) => send(`/exports/${e.id}/${verb}`, values),
  });
  if (!done) return;
  toast("已" + title);
  await refresh();
}
