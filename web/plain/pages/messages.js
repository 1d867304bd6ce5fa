// 消息: what the platform has told this person, and the permission to send it to WeChat too.
import { put, read } from "../api.js";
import { h, toast } from "../dom.js";
import { when } from "../format.js";
import { subscribe } from "../platform.js";
import { refresh, withQuery } from "../router.js";
import { badge, busy, button, card, cell, cells, empty, link } from "../ui.js";

export async function messages({ query }) {
  const [feed, credits] = await Promise.all([read("/me/messages", { before: query.before, limit: 20 }), read("/me/subscriptions")]);
  return {
    title: "消息",
    body: [
      !query.before && reminders(credits.items),
      feed.items.length === 0 ? empty("还没有消息") : feed.items.map(message),
      feed.next && link("更早的消息", withQuery({ before: feed.next })),
    ],
    back: query.before ? "#/messages" : null,
  };
}

function reminders(credits) {
  if (credits.length === 0) return null;
  const titles = new Map();
  for (const c of credits) titles.set(c.title, [...(titles.get(c.title) ?? []), c]);
  return card("微信提醒",
    h("p", { class: "sub" }, "每授权一次，可在微信中收到一条对应提醒。所有消息都会留在本页。"),
    h("details", null, h("summary", null, "查看剩余次数"), cells([...titles].map(([title, same]) => cell({ title, side: left(same) })))),
    button("接收微信提醒", () => allow(credits)));
}

// left is what is left of the templates with one title: all of them carry the same sort of reminder.
function left(same) {
  if (same.every((c) => c.long_term)) return badge("长期有效", "good");
  const least = Math.min(...same.filter((c) => !c.long_term).map((c) => c.balance));
  return badge(`剩余 ${least} 次`, least > 0 ? "good" : "warn");
}

// allow asks for the three templates that have the least credit: WeChat takes no more at a time.
async function allow(credits) {
  const short = credits.filter((c) => !c.long_term).sort((a, b) => a.balance - b.balance);
  await subscribe([...new Set(short.map((c) => c.template_id))].slice(0, 3));
  toast("已授权接收提醒");
  await refresh();
}

function message(m) {
  const unread = !m.read;
  const read = busy(async () => {
    await put(`/me/messages/${m.id}/read`);
    await refresh();
  });
  return h("article", { class: warm(m) ? "message warm" : "message" },
    h("h2", null, unread && h("span", { class: "dot", role: "img", "aria-label": "未读" }), m.title),
    h("p", null, m.body),
    h("footer", null, h("span", null, when(m.created_at)),
      m.page && !m.page.startsWith("pages/messages/") && link("查看", "#/" + m.page, "small"),
      unread && h("button", { type: "button", class: "button small", onclick: read }, "标为已读")));
}

const warm = (m) => m.kind.includes("political_birthday");
