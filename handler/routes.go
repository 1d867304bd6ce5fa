package handler

import "hongyun/service/access"

// routes is the one table of the API: method, path, title, who may call, function.
func (h *Handler) routes() []Route {
	return []Route{
		route("POST", "/api/v1/auth/wechat", "微信登录", access.Public, h.login),
		route("DELETE", "/api/v1/auth/session", "退出登录", access.SignedIn, h.signOut),
		route("POST", "/api/v1/auth/bind", "绑定党员身份", access.SignedIn, h.bindAccount),
		route("GET", "/api/v1/me", "我的身份", access.SignedIn, h.me),
		route("GET", "/api/v1/me/home", "首页", access.SignedIn, h.home),
		route("DELETE", "/api/v1/members/{id}/binding", "解除党员绑定", access.Admin, h.untieMember),
		created(route("POST", "/api/v1/rebind-requests", "申请换绑", access.SignedIn, h.requestRebind)),
		route("GET", "/api/v1/rebind-requests", "换绑申请", access.Admin, h.rebinds),
		route("POST", "/api/v1/rebind-requests/{id}/approve", "同意换绑", access.Admin, h.approveRebind),
		route("POST", "/api/v1/rebind-requests/{id}/reject", "驳回换绑", access.Admin, h.rejectRebind),
		route("GET", "/api/v1/roles", "角色", access.Admin, h.roles),
		created(route("POST", "/api/v1/roles", "授予角色", access.Admin, h.grantRole)),
		route("DELETE", "/api/v1/roles/{id}", "收回角色", access.Admin, h.revokeRole),

		route("GET", "/api/v1/me/messages", "我的消息", access.SignedIn, h.inbox),
		route("PUT", "/api/v1/me/messages/{id}/read", "标记消息已读", access.SignedIn, h.markRead),
		route("GET", "/api/v1/me/subscriptions", "可订阅的微信提醒", access.SignedIn, h.subscriptions),

		route("GET", "/api/v1/orgs", "组织列表", access.SignedIn, h.orgs),
		route("GET", "/api/v1/orgs/{id}", "组织名片", access.SignedIn, h.org),
		route("GET", "/api/v1/members", "党员名册", access.Reader, h.members),
		route("GET", "/api/v1/members/{id}", "党员信息", access.SignedIn, h.member),

		route("GET", "/api/v1/theme-days", "主题党日列表", access.SignedIn, h.themeDays),
		created(route("POST", "/api/v1/theme-days", "登记主题党日", access.Admin, h.createThemeDay)),
		route("GET", "/api/v1/theme-days/statistics", "主题党日统计", access.Reader, h.themeDayStatistics),
		route("GET", "/api/v1/theme-days/warnings", "主题党日未完成提醒名单", access.Reader, h.themeDayWarnings),
		route("GET", "/api/v1/theme-days/{id}", "主题党日详情", access.SignedIn, h.themeDay),
		route("PUT", "/api/v1/theme-days/{id}", "修改主题党日", access.Admin, h.editThemeDay),
		created(route("POST", "/api/v1/theme-days/{id}/photos", "上传主题党日照片", access.Admin, h.addThemeDayPhoto)),
		route("DELETE", "/api/v1/theme-days/{id}/photos/{file_id}", "删除主题党日照片", access.Admin, h.removeThemeDayPhoto),
		route("PUT", "/api/v1/theme-days/{id}/attendance", "登记参会人员", access.Admin, h.setThemeDayAttendance),
		route("POST", "/api/v1/theme-days/{id}/complete", "完成主题党日", access.Admin, h.completeThemeDay),
		route("POST", "/api/v1/theme-days/{id}/cancel", "撤销主题党日", access.Admin, h.cancelThemeDay),
		route("GET", "/api/v1/files/{id}", "照片与语音文件", access.SignedIn, h.file),

		route("GET", "/api/v1/dues/calculator", "党费计算器", access.Public, h.duesCalculator),
		route("GET", "/api/v1/dues/bills", "党费账单", access.Admin, h.bills),
		created(route("POST", "/api/v1/dues/bills/{id}/payment", "登记党费缴纳", access.Admin, h.payBill)),
		route("GET", "/api/v1/me/bills", "我的党费", access.AnyMember, h.myBills),

		route("GET", "/api/v1/calendar/deadline", "计算办理时限", access.Public, h.deadline),
		route("GET", "/api/v1/admin/workdays", "节假日安排", access.CityAdmin, h.workdays),
		route("PUT", "/api/v1/admin/workdays/{date}", "设置节假日安排", access.CityAdmin, h.setWorkday),
		route("DELETE", "/api/v1/admin/workdays/{date}", "取消节假日安排", access.CityAdmin, h.removeWorkday),

		route("GET", "/api/v1/departments", "政务单位", access.SignedIn, h.departments),
		created(route("POST", "/api/v1/departments", "登记政务单位", access.CityAdmin, h.addDepartment)),
		route("GET", "/api/v1/official-accounts", "公众号", access.CityAdmin, h.officialAccounts),
		created(route("POST", "/api/v1/official-accounts", "接入公众号", access.CityAdmin, h.addOfficialAccount)),
		route("PUT", "/api/v1/official-accounts/{id}", "修改公众号", access.CityAdmin, h.updateOfficialAccount),
		route("GET", "/api/v1/requests", "诉求列表", access.SignedIn, h.requests),
		created(route("POST", "/api/v1/requests", "提交诉求", access.SignedIn, h.submitRequest)),
		route("GET", "/api/v1/requests/{id}", "诉求详情", access.SignedIn, h.request),
		created(route("POST", "/api/v1/requests/{id}/photos", "为诉求添加照片", access.SignedIn, h.addRequestPhoto)),
		route("POST", "/api/v1/requests/{id}/accept", "受理诉求", access.Desk, h.acceptRequest),
		route("POST", "/api/v1/requests/{id}/decline", "不予受理诉求", access.Desk, h.declineRequest),
		route("POST", "/api/v1/requests/{id}/answer", "立即答复诉求", access.Desk, h.answerRequest),
		route("POST", "/api/v1/requests/{id}/refer", "转交诉求", access.Desk, h.referRequest),
		route("POST", "/api/v1/requests/{id}/handle", "开始办理诉求", access.Handler, h.handleRequest),
		route("POST", "/api/v1/requests/{id}/reply", "回复群众", access.Handler, h.replyToRequest),
		route("POST", "/api/v1/requests/{id}/close", "办结诉求", access.Handler, h.closeRequest),
		route("POST", "/api/v1/requests/{id}/rating", "评价诉求", access.SignedIn, h.rateRequest),
		route("POST", "/api/v1/requests/{id}/withdraw", "撤回诉求", access.SignedIn, h.withdrawRequest),

		route("GET", "/api/v1/admin/jobs", "定时任务", access.CityAdmin, h.jobs),
		long(route("POST", "/api/v1/admin/jobs/{name}/run", "手动运行任务", access.CityAdmin, h.runJob)),
		route("PUT", "/api/v1/admin/jobs/{name}", "修改任务时间", access.CityAdmin, h.setJobTime),
		route("GET", "/api/v1/admin/deliveries", "消息投递记录", access.CityAdmin, h.deliveries),
		route("GET", "/api/v1/admin/message-templates", "消息模板", access.CityAdmin, h.messageTemplates),
		route("PUT", "/api/v1/admin/message-templates", "设置消息模板", access.CityAdmin, h.setMessageTemplate),
		route("GET", "/api/v1/admin/audit", "审计日志", access.CityAdmin, h.auditLog),
	}
}
