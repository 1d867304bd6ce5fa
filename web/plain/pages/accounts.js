// 部门公众号: the departments' official accounts. What is added here works at once.
import { put, read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { form } from "../form.js";
import { when } from "../format.js";
import { go, refresh } from "../router.js";
import { badge, button, buttons, card, empty, link, pairs } from "../ui.js";
import { accountKinds, options, word } from "../words.js";
import { unitChoices } from "./choices.js";

const callback = (a) => location.origin + a.callback_path;

export async function accounts() {
  const { items } = await read("/official-accounts");
  return {
    title: "部门公众号",
    body: [buttons(link("接入公众号", "#/work/accounts/new", "main"), button("单位授权接入", authorize, "plain")), items.length === 0 ? empty("还没有接入公众号") : items.map(show)],
    back: "#/work",
  };
}

function show(a) {
  const component = a.authorization === "component";
  return card(null,
    h("div", { class: "headline" }, h("strong", null, a.name), h("span", { class: "badges" }, badge(word(accountKinds, a.kind)), a.unauthorized_at && badge("已取消授权", "bad"))),
    pairs(["单位", a.department_name], ["AppID", h("code", null, a.appid)], ["原始 ID", h("code", null, a.original_id)], ["接入方式", component ? "单位授权" : "填写密钥"],
      ["授权时间", component && when(a.authorized_at)], ["服务器地址", !component && h("code", null, callback(a))], ["菜单", a.menu_set_at ? `${when(a.menu_set_at)} 设置` : "未设置"], ["关注问候语", a.greeting]),
    buttons(button("设置菜单", () => menu(a)), button("关注问候语", () => greet(a), "plain")));
}

async function menu(a) {
  const link = (n) => [{ name: "name" + n, label: `附加按钮 ${n}`, max: 20 }, { name: "url" + n, label: "链接", type: "url", max: 1024 }];
  const set = await ask({
    title: "设置菜单", text: "菜单含“我要反映”“我的诉求”“单位名录”，可另加两个打开网页的按钮。", fields: [...link(1), ...link(2)], submit: "设置",
    run: (v) => put(`/official-accounts/${a.id}/menu`, { extra: [1, 2].map((n) => ({ name: v["name" + n], url: v["url" + n] })).filter((x) => x.name !== "" || x.url !== "") }),
  });
  if (!set) return;
  toast(set.mini_program ? "菜单已设置" : "菜单已设置；公众号未关联小程序，按钮打开网页");
  await refresh();
}

async function greet(a) {
  const done = await ask({
    title: "关注问候语", fields: [{ name: "greeting", label: "问候语", type: "textarea", rows: 4, max: 300, value: a.greeting, hint: "不填的用平台的问候语" }], submit: "保存",
    run: ({ greeting }) => put(`/official-accounts/${a.id}`, { appid: a.appid, name: a.name, department_id: a.department_id, kind: a.kind, original_id: a.original_id, greeting }),
  });
  if (done) await refresh();
}

// authorize makes the address at which a unit gives its account to the platform, without telling any secret.
async function authorize() {
  const page = await ask({
    title: "单位授权接入", text: "由单位的公众号管理员打开授权页面扫码确认，不需要填写密钥。",
    fields: [{ name: "department_id", label: "所属单位", type: "select", numeric: true, options: await unitChoices() }], submit: "生成授权链接", run: (v) => send("/authorization-pages", v),
  });
  if (!page) return;
  const door = h("a", { class: "button plain", href: page.url, target: "_blank", rel: "noopener" }, "打开授权页面");
  await ask({ title: "授权链接", text: `${when(page.expires_at)} 前有效，只能用一次。`, fields: [{ name: "url", label: "链接", value: page.url, extra: door }], submit: "关闭", cancel: null });
}

export async function newAccount() {
  return {
    title: "接入公众号",
    body: card(null, h("p", { class: "sub" }, "以下内容见微信公众平台“设置与开发 - 基本配置”。密钥加密保存，保存后不再显示。"), form({
      fields: [
        { name: "name", label: "公众号名称", required: true, max: 60 },
        { name: "department_id", label: "所属单位", type: "select", required: true, numeric: true, options: await unitChoices() },
        { name: "kind", label: "类型", type: "select", required: true, options: options(accountKinds) },
        { name: "appid", label: "AppID", required: true, max: 64, placeholder: "wx" },
        { name: "original_id", label: "原始 ID", required: true, max: 64, placeholder: "gh_" },
        { name: "secret", label: "AppSecret", type: "password", required: true, max: 128 },
        { name: "token", label: "Token", type: "password", required: true, max: 64 },
        { name: "aes_key", label: "EncodingAESKey", type: "password", required: true, max: 43, hint: "43 位，消息加解密方式须选安全模式" },
      ],
      submit: "接入",
      run: async (values) => {
        const made = await send("/official-accounts", values);
        toast("已接入，服务器地址为 " + callback(made));
        go("#/work/accounts");
      },
    })),
    back: "#/work/accounts",
  };
}
