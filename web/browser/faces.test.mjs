// What members, citizens and administrators do, in a browser against the real server.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import writeExcel from "write-excel-file/node";
import { open, program } from "./place.mjs";

describe("the two faces", { skip: program ? false : "no Chromium is installed" }, () => {
  let place;
  before(async () => { place = await open(); });
  after(() => place?.close());

  test("a member binds, reads a birthday card and pays dues", async () => {
    const unbound = (await place.cast("member")).find((p) => !p.bound);
    const phone = await place.phone(unbound.id);
    await phone.press("绑定党员身份");
    await phone.type("姓名（必填）", unbound.bind.name);
    await phone.type("身份证号后六位（必填）", "000000");
    await phone.press("微信手机号授权并绑定");
    await phone.page.getByRole("alert").waitFor();
    await phone.type("身份证号后六位（必填）", unbound.bind.id_last6);
    await phone.press("微信手机号授权并绑定");
    await phone.sees(unbound.bind.name);
    await phone.go("pages/account/birthday");
    await phone.sees(/入党/);
    await phone.go("pages/dues/index");
    await phone.press("微信支付");
    await phone.press("支付");
    await phone.sees("缴纳成功，感谢您按时缴纳党费。");
    await phone.press("查看收据");
    await phone.sees(/校验码/);
    const { items } = await place.ask(unbound.id, "/me/bills");
    assert.ok(items.some((b) => b.state === "PAID" && b.method === "WECHAT"));
    await phone.leave();
  });

  test("a citizen's message to an official account becomes a request that is worked and rated", async () => {
    const [citizen] = await place.cast("citizen");
    const [clerk] = await place.cast("desk");
    const [handler] = await place.cast("department_handler");
    const [account] = await place.sandbox(citizen.id, "accounts");
    await place.sandbox(citizen.id, "follow", { appid: account.appid });
    const content = "府前路路灯坏了三盏，晚上很黑，请尽快维修。";
    await place.sandbox(citizen.id, "say", { appid: account.appid, type: "text", content });
    const mine = await waitFor(async () => (await place.ask(citizen.id, "/requests")).items.find((r) => r.content.includes("府前路路灯")));

    const desk = await place.phone(clerk.id, "pages/work/request?id=" + mine.id);
    await desk.press("受理");
    await desk.press("确认受理");
    await desk.press("转交办理");
    await desk.choose(/^承办单位（必填）/, handler.org);
    await desk.press("确认转交办理");
    await desk.sees("已提交：转交办理");
    await desk.leave();

    const office = await place.phone(handler.id, "pages/work/request?id=" + mine.id);
    await office.press("开始办理");
    await office.press("确认开始办理");
    await office.press("办结");
    await office.press("确认办结");
    await office.page.getByRole("alert").waitFor();
    await office.type("办理结果（必填）", "三盏路灯已更换，当晚恢复照明。");
    await office.press("确认办结");
    await office.sees("已提交：办结");
    await office.leave();

    const phone = await place.phone(citizen.id, "pages/request/detail?id=" + mine.id);
    await phone.press("评价");
    await phone.pick("非常满意");
    await phone.press("提交评价");
    await phone.sees("感谢您的评价");
    assert.equal((await place.ask(citizen.id, "/requests/" + mine.id)).state, "RATED");
    await phone.leave();
  });

  test("a branch administrator completes a theme day, and the warning on the 20th skips the branch", async () => {
    const admins = await place.cast("branch_admin");
    const [city] = await place.cast("city_admin");
    const admin = admins[0];
    const month = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date()).slice(0, 7);
    assert.equal((await place.ask(admin.id, `/theme-days?month=${month}&state=COMPLETED`)).total, 0, "the branch has had no theme day this month");

    const phone = await place.phone(admin.id, "pages/work/theme-form");
    await phone.type("活动主题（必填）", "学习党章");
    await phone.type("地点", "党员活动室");
    await phone.type("活动内容", "逐章学习，结合实际讨论。");
    await phone.type("活动记录", "全体党员参加，五人发言。");
    await phone.press("保存");
    await phone.press("完成主题党日");
    await phone.page.getByRole("alert").waitFor();
    await phone.press("未登记的全部记为到会");
    await phone.press("保存参会人员");
    await phone.sees(/已登记 (\d+)\/\1/);
    await phone.give(/^添加照片/, { name: "现场.jpg", mimeType: "image/jpeg", buffer: await snapshot(phone) });
    await phone.press("上传 1 张照片");
    await phone.press("完成主题党日");
    await phone.sees("主题党日已完成");
    await phone.leave();

    await place.ask(city.id, "/admin/jobs/theme-day-warning/run", { at: `${month}-20` });
    const warned = await waitFor(async () => {
      const { items } = await place.ask(city.id, `/theme-days/warnings?month=${month}&size=1000`);
      return items.length > 0 && items.map((w) => w.org_name);
    });
    assert.ok(!warned.includes(admin.org), "a branch with a theme day is not warned");
  });

  test("an administrator comes into the back office with the phone", async () => {
    const [city] = await place.cast("city_admin");
    const desk = await place.desk("/admin/");
    const code = await desk.page.locator(".code b").innerText();
    const phone = await place.phone(city.id, "pages/account/desktop");
    await phone.type("登录码（必填）", "ABCDEFGHJK");
    await phone.press("下一步");
    await phone.page.getByRole("alert").waitFor();
    await phone.type("登录码（必填）", code);
    await phone.press("下一步");
    await phone.press("确认登录");
    await phone.sees("已确认，请回到电脑继续。");
    await phone.leave();
    await desk.sees(`${city.name}，您好`);
    await desk.follow("党费账单");
    await desk.sees(/^共 \d+ 条$/);
    await desk.leave();
  });

  test("an administrator imports a bad Excel file and corrects it", async () => {
    const [admin] = await place.cast("branch_admin");
    const head = ["姓名*", "公民身份号码*", "人员类别*", "所在党支部*", "加入党组织日期*", "转为正式党员日期"];
    const right = ["欧阳新", idNumber("361199", "19900101", "888"), "正式党员", admin.org, "2012-07-01", "2013-07-01"];
    const wrong = [...right.slice(0, 1), right[1].slice(0, 17) + (right[1].endsWith("0") ? "1" : "0"), ...right.slice(2)];

    const desk = await place.desk(`/admin/?person=${admin.id}#/imports`);
    await bring(desk, [head, wrong]);
    await desk.sees(/校验|身份证|身份号码/);
    await desk.sees("有问题的行");
    await bring(desk, [head, right]);
    await desk.press("导入 1 行");
    await desk.sees("已导入");
    await desk.go("members?q=" + encodeURIComponent(right[0]));
    await desk.follow(right[0]);
    await desk.sees("正式党员");
    await desk.leave();
  });
});

/** Brings a list in as the page asks for it: a file that is then checked. */
async function bring(desk, rows) {
  await desk.go("imports");
  await desk.press("上传名册");
  await desk.page.locator("input[type=file]").setInputFiles({ name: "名册.xlsx", mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", buffer: await workbook(rows) });
  await desk.press("上传检查");
  await desk.sees(/检查完成|文件有误/);
}

const workbook = (rows) => writeExcel(rows.map((row) => row.map((value) => ({ value, type: String })))).toBuffer();

/** A citizen's number with its check digit (GB 11643). */
function idNumber(place, born, order) {
  const digits = place + born + order;
  const sum = [...digits].reduce((s, d, i) => s + Number(d) * (2 ** (17 - i) % 11), 0);
  return digits + "10X98765432"[sum % 11];
}

/** A picture of the page as a JPEG file: something that a camera could have made. */
const snapshot = (hands) => hands.page.screenshot({ type: "jpeg" });

/** What look gives as soon as it gives something. */
async function waitFor(look) {
  for (let i = 0; i < 100; i++) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("nothing came");
}
