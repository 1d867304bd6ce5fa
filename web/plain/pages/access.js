// 谁看过我的资料: who looked at one's own data, as what, why, and how often.
import { read } from "../api.js";
import { when } from "../format.js";
import { withQuery } from "../router.js";
import { badge, cell, cells, pager } from "../ui.js";

const size = 50;

export async function access({ query }) {
  const { items, total } = await read("/me/data-access", { page: query.page, size });
  return {
    title: "谁看过我的资料",
    body: [
      cells(items.map((a) => cell({
        title: a.by_name, sub: [a.by_role, a.reason && `用途：${a.reason}`, `最近一次 ${when(a.last_at)}`], side: [badge(a.title), `${a.times} 次`],
      })), "还没有人查看过您的资料"),
      pager(query.page, size, total, (page) => withQuery({ page })),
    ],
    back: "#/me",
  };
}
