// Paying dues: WeChat's dialog for some bills, and what came of it.
import { type Answer, get, newKey, post } from "@/api/client";
import { go, toast } from "./go";
import { phone } from "@/platform";

export type Payable = Answer<"get", "/me/payable">["items"][number];

/** What each category asks the calculator for; the others ask for nothing. */
export const asks: Record<string, { name: "base_fen" | "quarter_net_fen" | "set_fen"; label: string }> = {
  SALARIED: { name: "base_fen", label: "月计算基数（元）" }, ANNUAL_SALARY: { name: "base_fen", label: "当月实际领取的薪酬（元）" },
  RETIRED: { name: "base_fen", label: "每月实领离退休费或养老金（元）" }, VILLAGE_CADRE_ALLOWANCE: { name: "base_fen", label: "每月固定补贴（元）" },
  SELF_EMPLOYED: { name: "quarter_net_fen", label: "上季度纯收入合计（元）" }, FARMER: { name: "set_fen", label: "支部核定金额（元，0.20 至 1.00）" },
};

/** Opens WeChat's dialog for some bills, asks what came of it, and shows the payment. The same bills lead to the same order as long as it is open. */
export async function payBills(billIds: number[]) {
  const { payment, params } = await post("/me/payments", { body: { bill_ids: billIds }, key: newKey() });
  if (params) {
    if (await phone.pay(params, payment)) await post("/me/payments/{id}/query", { path: { id: payment.id } }).catch((err: Error) => toast(err.message));
    else toast("支付没有完成，可以稍后继续");
  }
  go("/pages/dues/payment?id=" + payment.id);
}

/** The bills that can be paid, the member's own or of somebody of the branch by name. */
export const payables = (name?: string) => get("/me/payable", { query: name ? { name } : {} });
