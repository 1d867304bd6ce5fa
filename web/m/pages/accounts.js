// 部门公众号: the departments' official accounts. What is added here works at once.
import { read, send } from "../api.js";
import { h, toast } from "../dom.js";
import { form } from "../form.js";
import { go } from "../router.js";
import { badge, card, empty, link, pairs } from "../ui.js";
import { accountKinds, options, word } from "../words.js";

const callback = (a) => location.origin + a.callback_path;

export async function accounts() {
  const { items } = await read("/official-accounts");
  return {
    title: "部门公众号",
    body: [link("接入公众号", "#/work/accounts/new", "main"), items.length === 0 ? empty("还没有接入公众号") : items.map(show)],
    back: "#/work",
  };
}

function show(a) {
  return card(null,
    h("div", { class: "headline" }, h("strong", null, a.name), badge(word(accountKinds, a.kind))),
    pairs(["单位", a.department_name], ["AppID", h("code", null, a.appid)], ["原始 ID", h("code", null, a.original_id)],
      ["服务器地址", h("code", null, callback(a))]));
}

export async function newAccount() {
  const { items } = await read("/departments");
  return {
    title: "接入公众号",
    body: card(null, h("p", { class: "sub" }, "以下内容见微信公众平台“设置与开发 - 基本配置”。密钥加密保存，保存后不再显示。"), form({
      fields: [
        { name: "name", label: "公众号名称", required: true, max: 60 },
        { name: "department_id", label: "所属单位", type: "select", required: true, numeric: true, options: items.map((d) => ({ value: d.id, label: d.name })) },
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
