// Merging a request into another about the same matter: suggested ones first, or any by its number in the platform.
import { read, send } from "../api.js";
import { toast } from "../dom.js";
import { ask } from "../dialog.js";
import { when } from "../format.js";
import { refresh } from "../router.js";
import { words } from "./choices.js";

export async function merge(r) {
  const { items } = await read(`/requests/${r.id}/duplicates`);
  const done = await ask({
    title: "合并重复诉求", text: "合并后由主诉求统一办理，群众仍收到进度并可评价。",
    fields: [
      items.length > 0 && { name: "into", label: "主诉求", type: "select", numeric: true, options: items.map((c) => ({ value: c.id, label: `${c.number}　${c.content.slice(0, 18)}（${reason(c)}）` })), hint: "按相似程度排列，最可能重复的在前" },
      { name: "number", label: items.length > 0 ? "或按编号指定主诉求" : "主诉求编号", max: 24, hint: items.length > 0 ? "不在列表中时填写" : "没有发现可能重复的诉求，可按编号指定" },
      words("note", "说明"),
    ].filter(Boolean),
    submit: "合并", run: async ({ into, number, note }) => send(`/requests/${r.id}/merge`, { into: number ? await numbered(number) : into, note }),
  });
  if (!done) return;
  toast("已合并");
  await refresh();
}

// numbered is the request with a number, or with its last digits.
async function numbered(number) {
  const { items } = await read("/requests", { q: number, size: 2 });
  if (items.length !== 1) throw new Error(items.length === 0 ? "没有找到该编号的诉求" : "符合的诉求不止一件，请填写完整编号");
  return items[0].id;
}

const reason = (c) => [...c.reasons, c.percent > 0 && `文字相似 ${c.percent}%`].filter(Boolean).join("、");

// suggestion is one candidate in words, for the page of the request.
export const suggestion = (c) => ({ title: c.content, sub: [`${c.number}　${c.state_name}　${when(c.submitted_at)}`, [c.place, c.department_name].filter(Boolean).join("　"), reason(c)], href: "#/requests/" + c.id });
