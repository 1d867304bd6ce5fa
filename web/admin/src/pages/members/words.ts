// What the codes of these pages are called.

export const importKinds = { members: "党员名册", orgs: "党组织名册" };

/** The badge of an import by its state. */
export const importTone = (state: string) => ({ IMPORTED: "good", REFUSED: "bad", FAILED: "bad", UNDONE: "" } as const)[state] ?? "warn";

export const transferStates = { OPEN: "待接收", ACCEPTED: "已接收", REFUSED: "已退回", WITHDRAWN: "已撤回" };
export const floatingStates = { REGISTERED: "待对方确认", ACTIVE: "流动中", REFUSED: "已退回", ENDED: "已结束" };
export const handoverStates = { OPEN: "待接收", DONE: "已完成", WITHDRAWN: "已撤回" };

/** The badge of a matter between two sides by its state. */
export const matterTone = (state: string) => ({ OPEN: "warn", REGISTERED: "warn", ACCEPTED: "good", ACTIVE: "good", DONE: "good", REFUSED: "bad" } as const)[state] ?? "";

export const ways = { PHONE: "电话", WECHAT: "微信", VISIT: "走访", MEETING: "参加组织活动", OTHER: "其他" };
export const floatingEnds = { RETURNED: "已返回", TRANSFERRED: "组织关系已转接", OTHER: "其他" };
export const duties = { MEETING: "参加会议", MOTION: "提出提案", INSPECTION: "视察调研", RECEPTION: "接待党员群众", OTHER: "其他" };
export const posts = { SECRETARY: "书记", DEPUTY_SECRETARY: "副书记", ORGANISATION: "组织委员", PUBLICITY: "宣传委员", DISCIPLINE: "纪检委员", UNITED_FRONT: "统战委员", YOUTH: "青年委员", MEMBER: "委员" };
export const grounds = { LOST: "失去联系", WITHDRAWAL: "自行脱党", RECTIFY: "限期改正无效", DISCIPLINE: "开除党籍", VOLUNTARY: "自愿退党", CUSTODY: "被留置或羁押", OTHER: "其他" };
export const workDuties = { THEME_DAY: "主题党日", DUES: "党费收缴", DEVELOPMENT: "发展党员", ELECTION: "换届选举", STANDARD: "标准化建设", ADMIN: "管理员配备" };
export const workStates = { open: "未完成", late: "逾期", done: "已完成", due: "全部" };
