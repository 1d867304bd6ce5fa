// What codes are called. The codes are the API's; the words are for people.

export type Words = Record<string, string>;

export const levels: Words = { CITY: "市级", COMMITTEE: "党委", GENERAL_BRANCH: "党总支", BRANCH: "党支部" };

export const roles: Words = {
  leader: "领导", admin: "管理员", desk: "O2O 受理台", department_leader: "部门领导", department_handler: "部门经办人",
  identity_reader: "身份信息查阅人", dues_collector: "党费收缴员",
};

export const categories: Words = { CONSULT: "咨询", HELP: "求助", COMPLAINT: "投诉举报", SUGGESTION: "建议", URGENT: "应急" };

export const grades: Words = { 5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意" };

export const clocks: Words = { ACCEPT: "受理", ANSWER: "答复", REFER: "转交", HANDLE: "办理", RATE: "评价", REOPEN: "重新办理" };

export const dispositions: Words = { REFER: "转交责任单位", ANSWER: "立即答复", SOLVE: "窗口立即办理" };

export const themeStates: Words = { DRAFT: "登记中", COMPLETED: "已完成", CANCELLED: "已撤销" };

export const attendances: Words = { PRESENT: "到会", LATE: "迟到", LEAVE: "请假", ABSENT: "缺席", EXEMPT: "免到" };

export const billStates: Words = { UNPAID: "未缴", PAID: "已缴", EXEMPT: "免缴", CANCELLED: "已作废" };

export const duesCategories: Words = {
  SALARIED: "按月领取工资的党员", ANNUAL_SALARY: "实行年薪制的党员", SELF_EMPLOYED: "不按月取得收入的党员", RETIRED: "离退休党员", FARMER: "农民党员",
  VILLAGE_CADRE_ALLOWANCE: "有固定补贴的村干部党员", STUDENT: "学生党员", UNEMPLOYED: "下岗失业的党员", RELIEF: "依靠抚恤或救济生活的党员",
  MIN_LIVING: "领取最低生活保障金的党员",
};

export const treatments: Words = { INCLUDE: "计入", DEDUCT: "扣除", IGNORE: "不计" };

export const paymentStates: Words = {
  OPEN: "支付中", RECORDED: "待复核", SETTLED: "已缴纳", CLOSED: "已关闭", REVERSED: "已冲销", SURPLUS: "待退回", REFUNDED: "已退款",
};

export const methods: Words = { CASH: "现金", TRANSFER: "转账", WECHAT: "微信支付" };

export const refundStates: Words = { REQUESTED: "待审批", REJECTED: "已驳回", APPROVED: "退款中", DONE: "已退款", FAILED: "退款失败" };

export const reliefKinds: Words = { EXEMPT: "免缴", REDUCED: "减缴" };

export const rebindStates: Words = { PENDING: "待审批", APPROVED: "已通过", REJECTED: "已驳回" };

export const memberStatuses: Words = { FULL: "正式党员", PROBATIONARY: "预备党员" };

export const standings: Words = { ACTIVE: "正常", SUSPENDED: "停止党籍", REMOVED: "已出党", DECEASED: "已去世", TRANSFERRED: "已转出" };

export const sexes: Words = { MALE: "男", FEMALE: "女" };

export const sources: Words = { mp: "小程序", web: "网页", desk: "窗口登记", api: "单位系统", oa: "公众号" };

/** The word for a code; a code that has no word stands for itself. */
export const word = (words: Words, code: string | number | null | undefined) => (code === null || code === undefined ? "" : words[code] ?? String(code));

/** A form's choices from words. */
export const choices = (words: Words) => Object.entries(words).map(([value, label]) => ({ value, label }));

export type Tone = "good" | "warn" | "bad" | "";

/** The colour of a request's state: done, over, or on its way. */
export function requestTone(state: string): Tone {
  if (["CLOSED", "RATED", "UNRATED"].includes(state)) return "good";
  return ["DECLINED", "WITHDRAWN", "DUPLICATE"].includes(state) ? "" : "warn";
}

export const themeTone = (state: string): Tone => (state === "COMPLETED" ? "good" : state === "DRAFT" ? "warn" : "");

export const paymentTone = (state: string): Tone => (state === "SETTLED" ? "good" : ["OPEN", "RECORDED"].includes(state) ? "warn" : state === "CLOSED" ? "" : "bad");

/** How a bill stands, and its colour. */
export function billMark(b: { state: string; payment_state: string }): { text: string; tone: Tone } {
  if (b.state === "UNPAID" && ["OPEN", "RECORDED"].includes(b.payment_state)) return { text: word(paymentStates, b.payment_state), tone: "warn" };
  return { text: word(billStates, b.state), tone: b.state === "UNPAID" ? "warn" : b.state === "CANCELLED" ? "" : "good" };
}

interface Running {
  clock: string;
  clock_state: { text: string; overdue: boolean; paused: boolean; remaining_days: number } | null;
}

/** The limit that runs, in the server's words: null where none runs. */
export function limitMark(r: Running): { text: string; tone: Tone } | null {
  const c = r.clock_state;
  if (!c) return null;
  return { text: `${word(clocks, r.clock)}：${c.text}`, tone: c.overdue ? "bad" : !c.paused && r.clock !== "RATE" && c.remaining_days <= 1 ? "warn" : "" };
}
