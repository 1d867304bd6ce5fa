// What waits for this person: counted from the lists themselves, so that each number opens the list behind it.
import { get } from "@/api/client";
import { thisMonth } from "./format";
import { administered, has, may, ownUnits, session, worksDesk } from "./session";

export interface Waiting {
  title: string;
  hint: string;
  count: number;
  to: string;
}

interface Source {
  group: "own" | "work";
  title: string;
  hint: string;
  to: string;
  open(): boolean;
  count(): Promise<number>;
}

const above = (item: { org_id: number }) => administered().some((r) => r.org_id !== item.org_id);
const month = thisMonth();
const branches = () => administered().flatMap((r) => (r.level === "BRANCH" && r.org_id ? [r.org_id] : []));

const sources: Source[] = [
  { group: "own", title: "待缴党费", hint: "可以现在缴纳的账单", to: "/pages/dues/index", open: () => may("my_dues"),
    count: async () => (await get("/me/payable")).items.filter((b) => b.payable || (b.payment_state === "OPEN" && b.payment_own)).length },
  { group: "own", title: "待评价的诉求", hint: "已办结，请您评价", to: "/pages/request/index?state=CLOSED", open: () => true,
    count: async () => (await get("/requests", { query: { mine: true, state: "CLOSED", size: 1 } })).total },
  { group: "own", title: "待接收的工作", hint: "前任管理员移交给您", to: "/pages/handovers/index", open: () => may("handovers"),
    count: async () => (await get("/handovers", { query: { state: "OPEN" } })).items.filter((h) => h.to_member_id === session.me?.member?.id).length },
  { group: "work", title: "诉求", hint: "等待您办理", to: "/pages/work/requests", open: () => may("requests") && (worksDesk() || ownUnits().length > 0),
    count: async () => (await get("/requests/summary")).waiting },
  { group: "work", title: "本月主题党日", hint: "支部本月还没有登记", to: "/pages/work/theme-form", open: () => branches().length > 0,
    count: async () => (await Promise.all(branches().map(async (id) => (await get("/theme-days", { query: { month, org_id: id, size: 20 } })).items.every((d) => d.state === "CANCELLED")))).filter(Boolean).length },
  { group: "work", title: "主题党日", hint: "本月登记中，待完成", to: `/pages/work/theme-days?month=${month}&state=DRAFT`, open: () => administered().length > 0,
    count: async () => (await get("/theme-days", { query: { month, state: "DRAFT", size: 1 } })).total },
  { group: "work", title: "缴费复核", hint: "现金、转账登记，由另一人复核", to: "/pages/work/payments", open: () => may("dues"),
    count: async () => (await get("/dues/payments", { query: { state: "RECORDED", size: 1 } })).total },
  { group: "work", title: "换绑审批", hint: "党员更换微信的申请", to: "/pages/work/rebinds", open: () => may("rebind_requests"),
    count: async () => (await get("/rebind-requests", { query: { state: "PENDING" } })).total },
  { group: "work", title: "党费减免审批", hint: "下级支部的申请", to: "/pages/work/approvals?kind=reliefs", open: () => administered().length > 0,
    count: async () => (await get("/dues/reliefs", { query: { state: "PENDING", size: 100 } })).items.filter(above).length },
  { group: "work", title: "退款审批", hint: "由申请人以外的人审批", to: "/pages/work/approvals?kind=refunds", open: () => may("dues"),
    count: async () => (await get("/dues/refunds", { query: { state: "REQUESTED", size: 1 } })).total },
  { group: "work", title: "转入党员接收", hint: "组织关系转来本组织", to: "/pages/work/approvals?kind=transfers", open: () => administered().length > 0,
    count: async () => (await get("/transfers", { query: { direction: "in", state: "OPEN", size: 1 } })).total },
  { group: "work", title: "导出审批", hint: "名单导出的申请", to: "/pages/work/approvals?kind=exports", open: () => administered().length > 0,
    count: async () => (await get("/exports", { query: { size: 100 } })).items.filter((e) => e.state === "PENDING" && e.can_decide).length },
];

/** Everything that waits, the own matters and those of the work; a list that cannot be read now is left out and said so. */
export async function waiting(): Promise<{ own: Waiting[]; work: Waiting[]; lost: string[] }> {
  const open = sources.filter((s) => s.open());
  const lost: string[] = [];
  const counts = await Promise.all(open.map((s) => s.count().catch(() => {
    lost.push(s.title);
    return 0;
  })));
  const all = open.map((s, i) => ({ group: s.group, title: s.title, hint: s.hint, to: s.to, count: counts[i] ?? 0 }));
  const sum = all.reduce((n, w) => n + w.count, 0);
  badge(1, sum);
  return { own: all.filter((w) => w.group === "own"), work: all.filter((w) => w.group === "work"), lost };
}

/** Puts the unread messages on their tab. */
export async function badges(unread: number) {
  badge(2, unread);
}

function badge(index: number, count: number) {
  const fail = () => { /* another page than a tab is shown */ };
  if (count > 0) uni.setTabBarBadge({ index, text: count > 99 ? "99+" : String(count), fail });
  else uni.removeTabBarBadge({ index, fail });
}

/** Whether the person finds anything to do besides the own matters. */
export const worksHere = () => has("desk", "department_leader", "department_handler", "admin", "leader", "dues_collector");
