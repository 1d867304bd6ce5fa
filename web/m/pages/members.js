// 党员名册: the members in my scope, with their identity masked, and the way to free one from a WeChat account.
import { read, remove } from "../api.js";
import { ask } from "../dialog.js";
import { toast } from "../dom.js";
import { form } from "../form.js";
import { refresh, replace, withQuery } from "../router.js";
import { administered } from "../session.js";
import { badge, button, card, cell, cells, pager } from "../ui.js";

const size = 50;

export async function members({ query }) {
  const { items, total } = await read("/members", { q: query.q, page: query.page, size });
  return {
    title: "党员名册",
    body: [
      card(null, form({
        fields: [{ name: "q", label: "姓名、手机号或身份证号", type: "search", value: query.q ?? "", max: 50 }],
        submit: "查询",
        run: ({ q }) => replace(withQuery({ q })),
      })),
      cells(items.map(line), "没有符合条件的党员"),
      pager(query.page, size, total, (page) => withQuery({ ...query, page })),
    ],
    back: "#/work",
  };
}

function line(m) {
  return cell({
    title: m.name,
    strong: true,
    sub: [m.org_name, [m.phone, m.id_number].filter(Boolean).join("　")],
    side: [m.bound ? badge("已绑定", "good") : badge("未绑定"), m.bound && administered().length > 0 && button("解绑", () => untie(m), "small")],
  });
}

async function untie(m) {
  const done = await ask({
    title: "解除微信绑定",
    text: `确认解除${m.name}的微信绑定？解除后，原微信将立即退出登录，需要重新绑定才能使用。`,
    submit: "解除绑定",
    run: () => remove(`/members/${m.id}/binding`),
  });
  if (!done) return;
  toast("已解除绑定");
  await refresh();
}
