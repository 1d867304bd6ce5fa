// 公众号会话: what citizens write to the accounts that is no request, and the answers.
import { newKey, read, send } from "../api.js";
import { h, toast } from "../dom.js";
import { form } from "../form.js";
import { when } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { badge, card, cell, cells, link, pager, segments } from "../ui.js";
import { deliveryStates, word } from "../words.js";
import { photos } from "./photos.js";

const size = 50;
const kinds = { image: "［图片］", voice: "［语音］", location: "［位置］" };

export async function conversations({ query }) {
  const { items, total } = await read("/conversations", { unanswered: query.view !== "all", page: query.page, size });
  return {
    title: "公众号会话",
    body: [
      segments([["", "待回复"], ["all", "全部"]], query.view ?? "", (view) => replace(withQuery({ view }))),
      cells(items.map((c) => cell({
        title: c.name || "微信用户", strong: true, sub: [`${c.account_name}　${when(c.last.at)}`, c.last.content || kinds[c.last.type]],
        below: [c.unanswered && badge("待回复", "warn"), c.may_answer && badge(`${when(c.answer_until)} 前可回复`)].filter(Boolean), href: "#/work/conversations/" + c.id,
      })), "没有会话"),
      pager(query.page, size, total, (page) => withQuery({ ...query, page })),
    ],
    back: "#/work",
  };
}

export async function conversation({ params, query }) {
  const c = await read(`/conversations/${params.id}`, { page: query.page, size });
  return {
    title: c.name || "微信用户",
    body: [
      card(c.account_name, h("ol", { class: "talk" }, c.messages.map(message))),
      pager(query.page, size, c.total, (page) => withQuery({ page })),
      c.may_answer ? answer(c) : h("p", { class: "sub centre" }, "微信只允许在群众来信后 48 小时内回复，现在不能从这里回复。"),
    ],
    back: "#/work/conversations",
  };
}

const message = (m) => h("li", { class: m.direction === "out" ? "said-out" : "said-in" },
  h("p", { class: "sub" }, [when(m.at), m.author].filter(Boolean).join("　")),
  h("div", { class: "bubble" }, m.content || kinds[m.type], m.file_id && m.type === "image" && photos([m.file_id])),
  m.request_id && link("诉求 " + m.request_number, "#/requests/" + m.request_id, "small"),
  m.delivery && h("p", null, badge(word(deliveryStates, m.delivery), m.delivery === "sent" ? "good" : "warn")));

function answer(c) {
  const key = newKey(); // one for this answer: sending it twice writes once
  return card("回复", form({
    fields: [{ name: "content", label: "回复内容", type: "textarea", rows: 3, required: true, max: 500, hint: `${when(c.answer_until)} 前可回复${c.answers_left === null ? "" : `，还可回复 ${c.answers_left} 次`}` }],
    submit: "发送", run: async (values) => {
      await send(`/conversations/${c.id}/messages`, values, { "Idempotency-Key": key });
      toast("已提交发送");
      await refresh();
    },
  }));
}
