// Binding: name, last six of the identity number, phone number from WeChat;
// and the way out for a member who has another WeChat account now.
import { send } from "../api.js";
import { toast } from "../dom.js";
import { ask } from "../dialog.js";
import { form } from "../form.js";
import { phoneCode } from "../platform.js";
import { refresh } from "../router.js";
import { load } from "../session.js";

// bindForm ties the account to a member and shows the home page again.
export function bindForm() {
  return form({
    fields: [
      { name: "name", label: "姓名", required: true, max: 50 },
      { name: "id_last6", label: "身份证号后六位", required: true, max: 6, hint: "末位为字母的，请填写 X" },
    ],
    submit: "微信手机号授权并绑定",
    run: async (values) => {
      try {
        await send("/auth/bind", { ...values, phone_code: await phoneCode() });
      } catch (err) {
        if (err.code !== "account.member_bound") throw err;
        await offerRebind(err);
        return;
      }
      toast("绑定成功");
      await load();
      await refresh();
    },
  });
}

async function offerRebind(refusal) {
  const asked = await ask({
    title: "申请换绑",
    text: refusal.message,
    submit: "申请换绑",
    fields: [{ name: "reason", label: "换绑原因", type: "textarea", rows: 3, required: true, max: 200, placeholder: "如：更换了手机和微信号" }],
    run: (values) => send("/rebind-requests", { ticket: refusal.details.ticket, reason: values.reason }),
  });
  if (asked) toast("已提交换绑申请，请等待支部管理员审批");
}
