// What the phone gives: login code, phone number, permission for messages,
// the place. In WeChat these are wx.login, the phone-number button,
// wx.requestSubscribeMessage, wx.requestPayment and wx.getLocation; in a browser
// the WeChat sandbox plays them for one person of the synthetic county.
import { ask as dialog } from "./dialog.js";
import { yuan } from "./format.js";

// person is who holds this phone: ?person=ID of the page's address.
export const person = new URLSearchParams(location.search).get("person") ?? "";

// NoPhone says that this browser cannot play a phone.
export class NoPhone extends Error {}

async function ask(what, body) {
  if (person === "") throw new NoPhone("请从首页选择一个身份打开手机");
  let answer;
  try {
    answer = await fetch(`/sandbox/api/people/${encodeURIComponent(person)}/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body ?? {}),
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

// loginCode is a code that works once, for signing in.
export async function loginCode() {
  return (await ask("code")).code;
}

// phoneCode is a code that works once, for the phone number of the person.
export async function phoneCode() {
  return (await ask("phone-code")).code;
}

// subscribe asks the person to allow one message of each template, three templates at most.
export async function subscribe(templateIds) {
  await ask("accept", { template_ids: templateIds.slice(0, 3) });
}

// pay shows WeChat's own dialog for an order: true if the person says that he or she has paid, false after turning back.
// What counts is what the server then learns from WeChat.
export async function pay(params, order) {
  const said = await dialog({
    title: "微信支付", text: `${order.description}\n${yuan(order.amount_fen)}`, submit: "支付",
    run: () => ask("pay", { prepay_id: params.package, outcome: "paid" }),
  });
  return said !== null;
}

// place is where the phone is. A browser on a desk has no such place: an example stands in.
export async function place() {
  return { place: "人民路 1 号（示例位置）", lat: 28.9463, lng: 117.5786 };
}
