// What codes are called. The codes are the API's; the words are for people.

export const levels = { CITY: "市级", COMMITTEE: "党委", GENERAL_BRANCH: "党总支", BRANCH: "党支部" };

export const roles = {
  leader: "领导", admin: "管理员", desk: "O2O 受理台", department_leader: "部门领导", department_handler: "部门经办人",
  identity_reader: "身份信息查阅人", dues_collector: "党费收缴员",
};

export const categories = { CONSULT: "咨询", HELP: "求助", COMPLAINT: "投诉举报", SUGGESTION: "建议", URGENT: "应急" };

export const grades = { 5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意" };

export const clocks = { ACCEPT: "受理", ANSWER: "答复", REFER: "转交", HANDLE: "办理", RATE: "评价", REOPEN: "重新办理" };

export const dispositions = { REFER: "转交责任单位", ANSWER: "立即答复", SOLVE: "窗口立即办理" };

export const accountabilityKinds = { OVERDUE: "逾期办理", FALSE_CLOSING: "虚假办结", REFUSED: "无理推诿", LEAK: "泄露反映人信息" };

export const measures = { CRITICISM: "通报批评", INTERVIEW: "约谈", POINTS: "扣减党员积分" };

export const markKinds = { REWARD: "激励", INSPECTION: "督查", CORRECTION: "整改" };

export const scoreParts = { OVERDUE: "超期办结", CRITICISM: "逾期通报", FALSE_CLOSING: "虚假办结", DISSATISFIED: "不满意", SATISFIED: "满意" };

export const rateParts = { DENOMINATOR: "应计", NUMERATOR: "达到", MISSED: "未达到", UNRATED: "未评价", EXCLUDED: "已剔除" };

export const rates = { ACCEPTANCE: "受理率", REFERRAL: "导办率", CLOSURE: "办结率", ON_TIME: "按时办结率", SATISFACTION: "满意率", SOLVED: "解决率" };

export const themeStates = { DRAFT: "登记中", COMPLETED: "已完成", CANCELLED: "已撤销" };

export const attendances = { PRESENT: "到会", LATE: "迟到", LEAVE: "请假", ABSENT: "缺席", EXEMPT: "免到" };

export const billStates = { UNPAID: "未缴", PAID: "已缴", EXEMPT: "免缴", CANCELLED: "已作废" };

export const duesCategories = {
  SALARIED: "按月领取工资的党员", ANNUAL_SALARY: "实行年薪制的党员", SELF_EMPLOYED: "不按月取得收入的党员", RETIRED: "离退休党员", FARMER: "农民党员",
  VILLAGE_CADRE_ALLOWANCE: "有固定补贴的村干部党员", STUDENT: "学生党员", UNEMPLOYED: "下岗失业的党员", RELIEF: "依靠抚恤或救济生活的党员",
  MIN_LIVING: "领取最低生活保障金的党员", EXEMPT: "免缴", REDUCED: "减缴",
};

export const treatments = { INCLUDE: "计入", DEDUCT: "扣除", IGNORE: "不计" };

export const paymentStates = {
  OPEN: "支付中", RECORDED: "待复核", SETTLED: "已缴纳", CLOSED: "已关闭", REVERSED: "已冲销", SURPLUS: "待退回", REFUNDED: "已退款",
};

export const refundStates = { REQUESTED: "待审批", REJECTED: "已驳回", APPROVED: "退款中", DONE: "已退款", FAILED: "退款失败" };

export const reliefStates = { PENDING: "待审批", APPROVED: "已批准", REJECTED: "未批准", WITHDRAWN: "已撤回" };

export const reliefKinds = { EXEMPT: "免缴", REDUCED: "减缴" };

export const ages = { 1: "1个月", "2-3": "2至3个月", "4-5": "4至5个月", "6+": "6个月以上" };

export const arrearsSteps = { BRANCH: "提醒党支部", COMMITTEE: "提醒党委", CASE: "组织研究处理" };

export const arrearsStates = { OPEN: "处理中", CLOSED: "已关闭" };

export const arrearsOutcomes = { PAID: "已缴清", GOOD_REASON: "有正当理由", CORRECTED: "已改正", REFERRED: "转入组织处理程序", LEFT: "已离开本组织" };

export const entryStates = { RECORDED: "待复核", CONFIRMED: "已复核", REJECTED: "已退回", REVERSED: "已冲销" };

export const specialStates = { RECORDED: "待复核", CONFIRMED: "待上缴", REJECTED: "已退回", FORWARDED: "已上缴", REVERSED: "已冲销" };

export const reminderResults = { SENT: "已送达微信", WAITING: "待发送", INBOX: "站内消息", FAILED: "发送失败", UNKNOWN: "结果不明" };

export const differenceKinds = { ONLY_OURS: "平台有，微信没有", ONLY_THEIRS: "微信有，平台没有", AMOUNT: "金额不一致" };

export const differenceStates = { OPEN: "待处理", RESOLVED: "已处理" };

export const foundBy = { STATEMENT: "每日对账", NOTICE: "支付通知", QUERY: "查询结果" };

export const payments = { CASH: "现金", TRANSFER: "转账", WECHAT: "微信支付" };

export const rebindStates = { PENDING: "待审批", APPROVED: "已通过", REJECTED: "已驳回" };

export const deliveryStates = {
  pending: "待发送", claimed: "准备发送", sending: "发送中", sent: "已送达微信", unknown: "结果不明", failed: "发送失败",
  unreachable: "无法触达",
};

export const channels = { subscribe: "小程序订阅消息", template: "服务号模板消息", customer: "客服消息" };

export const accountKinds = { service: "服务号", subscription: "订阅号" };

export const runStates = { running: "运行中", done: "完成", failed: "失败", interrupted: "中断" };

export const auditActions = {
  "account.login": "登录", "account.bind": "绑定党员身份", "account.bind_refused": "绑定未通过核对", "account.request_rebind": "申请换绑",
  "account.approve_rebind": "通过换绑申请", "account.reject_rebind": "驳回换绑申请", "account.untie": "解除微信绑定",
  "role.grant": "授予角色", "role.revoke": "收回角色", "calendar.set_override": "调整工作日", "schedule.run_by_hand": "手动运行定时任务",
  "schedule.set_time": "调整任务时间", "dues.pay": "登记缴费", "dues.record": "登记缴费", "dues.confirm": "复核缴费", "dues.reject": "退回缴费登记",
  "dues.reverse": "冲销缴费", "dues.close": "关闭网上支付单", "dues.refund_request": "申请退款", "dues.refund_approve": "批准退款", "dues.refund_reject": "驳回退款",
  "dues.refunded": "退款完成", "dues.refund_failed": "退款失败", "dues.late": "逾期到账", "dues.surplus": "重复缴纳待退", "dues.special_record": "登记大额党费",
  "dues.assess": "核定党费", "dues.cancel": "作废党费账单", "dues.settings": "修改党费设置", "dues.items": "设置收入项目", "dues.relief_request": "申请党费减免",
  "dues.relief_approved": "批准党费减免", "dues.relief_rejected": "不予批准党费减免", "dues.relief_withdrawn": "撤回党费减免申请",
  "dues.arrears_note": "登记欠缴谈话", "dues.arrears_close": "关闭欠缴记录", "dues.difference": "处理对账差异", "dues.share": "设置上缴比例",
  "dues.deposit.recorded": "登记存款", "dues.remit.recorded": "登记上缴", "dues.use.recorded": "登记党费使用", "dues.published": "公布党费收支",
  "theme_day.complete": "完成主题党日", "theme_day.cancel": "撤销主题党日",
  "o2o.accept": "受理诉求", "o2o.decline": "不予受理", "o2o.answer": "立即答复", "o2o.refer": "转交诉求", "o2o.handle": "开始办理",
  "o2o.reply": "回复群众", "o2o.close": "办结诉求", "o2o.add_department": "增加政务单位", "o2o.add_official_account": "接入公众号",
  "o2o.update_official_account": "修改公众号",
  "o2o.write_down": "代群众登记诉求", "o2o.identify": "查看群众身份", "o2o.recount": "重新计算期限", "o2o.release": "公开诉求", "o2o.unrelease": "撤回公开",
  "o2o.classify": "诉求分类", "o2o.merge": "合并重复诉求", "o2o.converse": "转入会话", "o2o.solve": "立即办理", "o2o.return": "退回诉求", "o2o.assign": "市级指定办理",
  "o2o.rework": "重新办理", "o2o.send_back": "退回重新办理", "o2o.contact": "登记首次联系", "o2o.help": "请单位协办", "o2o.helped": "完成协办", "o2o.cancel_help": "取消协办",
  "o2o.pause": "暂停计时", "o2o.resume": "恢复计时", "o2o.ask_extension": "申请延期", "o2o.grant_extension": "同意延期", "o2o.refuse_extension": "不同意延期",
  "official.answer": "回复公众号会话", "official.authorize": "公众号授权接入", "official.unauthorized": "公众号取消授权", "official.update_authorization": "更新公众号授权",
  "official.set_menu": "设置公众号菜单", "official.update_department": "修改政务单位", "official.close_department": "停用政务单位",
  "supervision.propose": "提出责任追究", "supervision.decide": "认定责任追究", "supervision.propose_exclusion": "申请剔除", "supervision.exclusion": "确认剔除",
  "supervision.mark": "登记考核记录", "supervision.mark_decided": "确认考核记录", "supervision.revisit": "登记回访结果",
  "team.add": "组建服务队", "team.edit": "修改服务队", "team.close": "停止服务队", "team.duty": "安排服务队值班", "order.ask": "向服务队点单",
  "apikey.make": "生成接口密钥", "apikey.revoke": "停用接口密钥",
};

export const auditActors = { account: "微信账号", command: "命令行", system: "系统", citizen: "群众" };

export const auditObjects = {
  account: "微信账号", member: "党员", rebind_request: "换绑申请", role_grant: "角色", job_run: "任务运行", meeting: "主题党日", dues_bill: "党费账单",
  dues_payment: "党费缴纳", dues_assessment: "党费核定", dues_relief: "党费减免", dues_arrears: "党费欠缴", dues_deposit: "党费存款", dues_remittance: "党费上缴",
  dues_use: "党费使用", dues_publication: "党费公布", dues_special: "大额党费", dues_share: "上缴比例", pay_difference: "对账差异", org: "组织", request: "诉求", department: "政务单位", official_account: "公众号", workday_override: "工作日安排", job_time: "任务时间",
};

export const memberStatuses = { FULL: "正式党员", PROBATIONARY: "预备党员" };

export const standings = { ACTIVE: "正常", SUSPENDED: "停止党籍", REMOVED: "已出党", DECEASED: "已去世", TRANSFERRED: "已转出" };

export const sexes = { MALE: "男", FEMALE: "女" };

export const decisions = {
  LOST: "失去联系", FOUND: "恢复联系", SUSPEND: "停止党籍", RESTORE: "恢复党籍", RECTIFY: "限期改正", WATCH: "留党察看", REMOVE: "出党",
  DEATH: "去世",
};

export const orgEvents = {
  CREATED: "设立", CHANGED: "修改资料", RENAMED: "更名", MOVED: "调整隶属", MERGED: "并入其他组织", ABSORBED: "并入本组织", DISSOLVED: "撤销",
  RESTORED: "恢复",
};

export const evidenceStates = { NONE: "未开始", DRAFT: "整理中", SUBMITTED: "待审核", APPROVED: "已达标", RETURNED: "已退回" };

export const importStates = {
  WAITING: "等待检查", CHECKING: "正在检查", REFUSED: "文件有误", CHECKED: "检查完成", QUEUED: "等待导入", IMPORTING: "正在导入",
  IMPORTED: "已导入", UNDONE: "已撤销", FAILED: "未能完成",
};

export const exportStates = { PENDING: "待审批", REJECTED: "已驳回", QUEUED: "等待生成", RUNNING: "正在生成", READY: "可下载", FAILED: "未能完成" };

export const movements = {
  START: "期初", ADMITTED: "接收预备党员", TRANSFERRED_IN: "转入", RESTORED: "恢复", TRANSFERRED_OUT: "转出", REMOVED: "出党", DIED: "去世",
  END: "期末", MOVED_IN: "内部调入", MOVED_OUT: "内部调出",
};

export const courseStates = {
  APPLICANT: "入党申请人", ACTIVIST: "入党积极分子", CANDIDATE: "发展对象", ADMITTED: "待党委审批", PROBATIONARY: "预备党员", FULL: "已转正",
  REJECTED: "未批准", CANCELLED: "取消资格", WITHDRAWN: "本人撤回", STOPPED: "停止培养",
};

export const notices = { OPEN: "公示中", CLEAR: "无异议", BLOCKED: "异议成立" };

/** A list of codes with their words. */
export type Words = Readonly<Record<string, string>>;

/** The Chinese for a code; a code that has no word stands for itself. */
export const word = (words: Words, code: string | number | null | undefined) => (code === null || code === undefined || code === "" ? "—" : words[String(code)] ?? String(code));

/** A form's choices from words. */
export const options = (words: Words) => Object.entries(words).map(([value, label]) => ({ value, label }));

export const castRoles = {
  city_leader: "市级领导", city_admin: "市级管理员", committee_admin: "党委管理员", branch_leader: "支部书记", branch_admin: "支部管理员", member: "党员", desk: "受理台",
  department_leader: "部门领导", department_handler: "部门经办人",
};
