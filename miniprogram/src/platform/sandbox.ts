import { NoPhone, type Phone } from "./phone";

/** Who holds this phone: ?person= of the page's address. */
const person = new URLSearchParams(location.search).get("person") ?? "";

async function ask<T>(what: string, body: object = {}): Promise<T> {
  if (person === "") throw new NoPhone("请从首页选择一个身份打开手机");
  let answer: Response;
  try {
    answer = await fetch(`/sandbox/api/people/${encodeURIComponent(person)}/${what}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
  } catch {
    throw new Error("微信没有响应，请检查网络后再试");
  }
  const text = await answer.text();
  const told = text.startsWith("{") ? JSON.parse(text) : {};
  if (answer.status === 404 && !told.message) throw new NoPhone("这里没有微信环境，请在微信中打开小程序");
  if (!answer.ok) throw new Error(told.message ?? "微信没有响应，请稍后再试");
  return told;
}

const confirmed = (title: string, content: string, confirmText: string) => new Promise<boolean>((resolve) => {
  uni.showModal({ title, content, confirmText, cancelText: "取消", confirmColor: "#c8161d", success: (r) => resolve(r.confirm), fail: () => resolve(false) });
});

export const phone: Phone = {
  loginCode: async () => (await ask<{ code: string }>("code")).code,
  subscribe: async (templateIds) => { await ask("accept", { template_ids: templateIds.slice(0, 3) }); },
  pay: async (params, order) => {
    if (!await confirmed("微信支付", `${order.description}\n¥${(order.amount_fen / 100).toFixed(2)}`, "支付")) return false;
    await ask("pay", { prepay_id: params.package, outcome: "paid" });
    return true;
  },
  // A browser on a desk has no such place: an example stands in.
  place: async () => ({ place: "人民路 1 号（示例位置）", lat: 28.9463, lng: 117.5786 }),
  keepPicture: async (name, width, height, draw) => {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const on = canvas.getContext("2d");
    if (!on) throw new Error("这个浏览器不能生成图片");
    draw(on);
    const link = document.createElement("a");
    link.download = name + ".png";
    link.href = canvas.toDataURL("image/png");
    link.click();
  },
};

/** A code that works once, for the phone number of the person. In WeChat a button of its own gives it. */
export const phoneCode = async () => (await ask<{ code: string }>("phone-code")).code;

/** Sessions of two persons in one browser must not meet. */
export const holder = person;
