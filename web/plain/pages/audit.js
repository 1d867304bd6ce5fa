// 审计日志: who did what, when. It can only be read.
import { read } from "../api.js";
import { when } from "../format.js";
import { withQuery } from "../router.js";
import { cell, cells, link } from "../ui.js";
import { auditActions, auditActors, auditObjects, word } from "../words.js";

export async function audit({ query }) {
  const { items, next } = await read("/admin/audit", { before: query.before, limit: 50 });
  return {
    title: "审计日志",
    body: [
      cells(items.map((e) => cell({
        title: word(auditActions, e.action), sub: [`${who(e)}　${when(e.at)}`, e.object_id ? `${word(auditObjects, e.object_type)} ${e.object_id}` : null], side: "#" + e.seq,
      })), "还没有记录"),
      next && link("更早的记录", withQuery({ before: next })),
    ],
    back: query.before ? "#/work/audit" : "#/work",
  };
}

// who names the person; an account that is tied to no member has a number alone.
const who = (e) => e.actor_name || (e.actor_id ? `微信账号 ${e.actor_id}` : word(auditActors, e.actor_type));
