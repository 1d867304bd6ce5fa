// Merging a request into another about the same matter: suggested ones first, or any by its number in the platform.
import { read, send } from "../api.js";
import { toast } from "../dom.js";
import { ask } from "../dialog.js";
import { when } from "../format.js";
import { refresh } from "../router.js";
import { words } from "./choices.js";

export async function merge(r) {
  const { items } = await read(`/requests/${r.id}/duplicates`);
  if (items.length === 0) {
    await ask({ title: "合并重复诉求", text: "没有发现可能重复的诉求。", submit: "知道了", cancel: null });
    return;
  }
  const done = await ask({
    title: "合并重复诉求", text: "合并后由主诉求统一办理，群众仍收到进度并可评价。",
    fields: [
      { name: "into", label: "主诉求", type: "select", numeric: true, options: items.map((c) => ({ value: c.id, label: `${c.number}　${c.content.slice(0, 18)}（${reason(c)}）` })), hint: "按相似程度排列，最可能重复的在前" },
      words("note", "说明"),
    ],
    submit: "合并", run: (values) => send(`/requests/${r.id}/merge`, values),
  });
  if (!done) return;
  toast("已合并");
  await refresh();
}

const reason = (c) => [...c.reasons, c.percent > 0 && `文字相似 ${c.percent}%`].filter(Boolean).join("、");

// suggestion is one candidate in words, for the page of the request.
export const suggestion = (c) => ({ title: c.content, sub: [`${c.number}　${c.state_name}　${when(c.submitted_at)}`, [c.place, c.department_name].filter(Boolean).join("　"), reason(c)], href: "#/requests/" + c.id });
