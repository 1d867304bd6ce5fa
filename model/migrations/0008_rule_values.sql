-- +goose Up
-- The defaults of the rule values, code lists, bands, papers, checklists and job times of organisations, members and
-- development. They are data: later rows with their own effective_from replace them.

INSERT INTO rule_value (family, code, variant, value, rule_set, effective_from, clause) VALUES
    ('org', 'BRANCH_FULL_LEAST', '', 3, '', '2018-10-28', '支部工作条例第四条'),
    ('org', 'JOINT_UNITS_MOST', '', 5, '', '2018-10-28', '支部工作条例第五条'),
    ('org', 'BRANCH_MEMBERS_MOST', '', 50, '', '2018-10-28', '支部工作条例第四条'),
    ('org', 'GENERAL_BRANCH_OVER', '', 50, '', '2018-10-28', '支部工作条例第四条'),
    ('org', 'COMMITTEE_OVER', '', 100, '', '2018-10-28', '支部工作条例第四条'),
    ('org', 'BRANCH_COMMITTEE_FROM', '', 7, '', '2018-10-28', '支部工作条例第四条、基层组织选举工作条例'),
    ('org', 'BRANCH_COMMITTEE_LEAST', '', 3, '', '2018-10-28', '支部工作条例第十九条'),
    ('org', 'BRANCH_COMMITTEE_USUAL', '', 5, '', '2018-10-28', '支部工作条例第十九条'),
    ('org', 'BRANCH_COMMITTEE_MOST', '', 7, '', '2018-10-28', '支部工作条例第十九条'),
    ('org', 'TERM_YEARS', 'BRANCH', 3, '', '2018-10-28', '支部工作条例第十九条'),
    ('org', 'TERM_YEARS', 'BRANCH/农村', 5, '', '2018-10-28', '支部工作条例第十九条：村和社区党支部'),
    ('org', 'TERM_YEARS', 'BRANCH/社区', 5, '', '2018-10-28', '支部工作条例第十九条：村和社区党支部'),
    ('org', 'TERM_YEARS', 'GENERAL_BRANCH', 3, '', '2018-10-28', '机关基层组织工作条例'),
    ('org', 'TERM_YEARS', 'COMMITTEE', 5, '', '2018-10-28', '机关基层组织工作条例'),
    ('org', 'TERM_YEARS', 'CITY', 5, '', '2018-10-28', '党章'),
    ('org', 'TERM_POSTPONE_MONTHS_MOST', '', 12, '', '2018-10-28', '延期或提前换届一般不超过一年'),
    ('org', 'ELECTION_NOTICE_FIRST_MONTHS', '', 6, '', '2000-01-01', '平台默认值'),
    ('org', 'ELECTION_NOTICE_LAST_MONTHS', '', 3, '', '2000-01-01', '平台默认值'),
    ('member', 'LOST_SUSPEND_MONTHS', '', 6, '', '2019-05-06', '党员教育管理工作条例：失去联系六个月以上'),
    ('member', 'LOST_REMOVE_MONTHS', '', 24, '', '2019-05-06', '党员教育管理工作条例：停止党籍两年后'),
    ('member', 'RECTIFY_MONTHS_MOST', '', 12, '', '2019-05-06', '党员教育管理工作条例：限期改正不超过一年'),
    ('member', 'FLOATING_MONTHS', '', 6, '', '2019-05-06', '党员教育管理工作条例：外出六个月以上'),
    ('member', 'FLOATING_CONTACT_MONTHS', '', 3, '', '2000-01-01', '平台默认值'),
    ('member', 'FLOATING_CONTACT_MONTHS', 'ABROAD', 6, '', '2019-05-06', '党员教育管理工作条例：出国学习研究至少半年联系一次'),
    ('member', 'TRANSFER_DAYS', '', 30, '', '2000-01-01', '平台默认值：接收组织应在三十日内接收或说明理由'),
    ('member', 'ADMISSION_AGE_LEAST', '', 18, '', '1982-09-06', '党章第一条'),
    ('sheet', 'IMPORT_ROWS_MOST', '', 50000, '', '2000-01-01', '平台默认值'),
    ('sheet', 'EXPORT_FREE_ROWS', '', 500, '', '2000-01-01', '平台默认值：超过五百行须经批准'),
    ('sheet', 'FILE_KEEP_DAYS', '', 7, '', '2000-01-01', '平台默认值：导入导出文件保存天数'),
    ('development', 'AGE_LEAST', '', 18, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第五条'),
    ('development', 'AGE_LEAST', '', 18, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第五条'),
    ('development', 'TALK_MONTHS', '', 1, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第七条'),
    ('development', 'TALK_MONTHS', '', 1, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第七条'),
    ('development', 'ASSESS_MONTHS', '', 6, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第十一条'),
    ('development', 'ASSESS_MONTHS', '', 6, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第十一条'),
    ('development', 'CONTACTS_LEAST', '', 1, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第九条'),
    ('development', 'CONTACTS_LEAST', '', 1, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第九条'),
    ('development', 'CONTACTS_MOST', '', 2, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第九条'),
    ('development', 'CONTACTS_MOST', '', 2, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第九条'),
    ('development', 'ACTIVIST_MONTHS', '', 12, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第十三条'),
    ('development', 'ACTIVIST_MONTHS', '', 12, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第十三条'),
    ('development', 'NOTICE_WORKING_DAYS', '', 0, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）'),
    ('development', 'NOTICE_WORKING_DAYS', '', 5, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第十三条'),
    ('development', 'UPPER_CONSENT', '', 0, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）'),
    ('development', 'UPPER_CONSENT', '', 1, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第十三条'),
    ('development', 'INTRODUCERS', '', 2, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第十四条'),
    ('development', 'INTRODUCERS', '', 2, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第十四条'),
    ('development', 'TRAINING_DAYS', '', 3, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第十七条'),
    ('development', 'TRAINING_DAYS', '', 3, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第十七条'),
    ('development', 'TRAINING_HOURS', '', 24, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第十七条'),
    ('development', 'TRAINING_HOURS', '', 24, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第十七条'),
    ('development', 'PRE_REVIEW_MONTHS', '', 0, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）'),
    ('development', 'PRE_REVIEW_MONTHS', '', 1, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第十九条'),
    ('development', 'APPROVAL_MONTHS', '', 3, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第二十五条'),
    ('development', 'APPROVAL_MONTHS', '', 3, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第二十五条'),
    ('development', 'APPROVAL_MONTHS_MOST', '', 6, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第二十五条'),
    ('development', 'APPROVAL_MONTHS_MOST', '', 6, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第二十五条'),
    ('development', 'OATH_MONTHS', '', 0, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）'),
    ('development', 'OATH_MONTHS', '', 1, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第二十九条'),
    ('development', 'PROBATION_MONTHS', '', 12, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第三十一条'),
    ('development', 'PROBATION_MONTHS', '', 12, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第三十一条'),
    ('development', 'EXTENSION_MONTHS_LEAST', '', 6, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第三十一条'),
    ('development', 'EXTENSION_MONTHS_LEAST', '', 6, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第三十一条'),
    ('development', 'EXTENSION_MONTHS_MOST', '', 12, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第三十一条'),
    ('development', 'EXTENSION_MONTHS_MOST', '', 12, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第三十一条'),
    ('development', 'LEAVING_MONTHS', '', 3, 'DEV2014', '2014-05-28', '发展党员工作细则（2014）第十八条'),
    ('development', 'LEAVING_MONTHS', '', 3, 'DEV2026', '2026-05-18', '发展党员工作细则（2026）第十八条'),
    ('development', 'COUNT_WRITTEN_VOTES', '', 0, '', '2000-01-01', '平台默认值'),
    ('development', 'ARCHIVE_DAYS', '', 30, '', '2000-01-01', '平台默认值'),
    ('development', 'NOTICE_FIRST_DAYS', '', 30, '', '2000-01-01', '平台默认值'),
    ('development', 'NOTICE_LAST_DAYS', '', 7, '', '2000-01-01', '平台默认值');

INSERT INTO lookup (list, code, title, seq, band) VALUES
    ('ethnic_group', '01', '汉族', 1, '汉族'),
    ('ethnic_group', '02', '蒙古族', 2, '少数民族'),
    ('ethnic_group', '03', '回族', 3, '少数民族'),
    ('ethnic_group', '04', '藏族', 4, '少数民族'),
    ('ethnic_group', '05', '维吾尔族', 5, '少数民族'),
    ('ethnic_group', '06', '苗族', 6, '少数民族'),
    ('ethnic_group', '07', '彝族', 7, '少数民族'),
    ('ethnic_group', '08', '壮族', 8, '少数民族'),
    ('ethnic_group', '09', '布依族', 9, '少数民族'),
    ('ethnic_group', '10', '朝鲜族', 10, '少数民族'),
    ('ethnic_group', '11', '满族', 11, '少数民族'),
    ('ethnic_group', '12', '侗族', 12, '少数民族'),
    ('ethnic_group', '13', '瑶族', 13, '少数民族'),
    ('ethnic_group', '14', '白族', 14, '少数民族'),
    ('ethnic_group', '15', '土家族', 15, '少数民族'),
    ('ethnic_group', '16', '哈尼族', 16, '少数民族'),
    ('ethnic_group', '17', '哈萨克族', 17, '少数民族'),
    ('ethnic_group', '18', '傣族', 18, '少数民族'),
    ('ethnic_group', '19', '黎族', 19, '少数民族'),
    ('ethnic_group', '20', '傈僳族', 20, '少数民族'),
    ('ethnic_group', '21', '佤族', 21, '少数民族'),
    ('ethnic_group', '22', '畲族', 22, '少数民族'),
    ('ethnic_group', '23', '高山族', 23, '少数民族'),
    ('ethnic_group', '24', '拉祜族', 24, '少数民族'),
    ('ethnic_group', '25', '水族', 25, '少数民族'),
    ('ethnic_group', '26', '东乡族', 26, '少数民族'),
    ('ethnic_group', '27', '纳西族', 27, '少数民族'),
    ('ethnic_group', '28', '景颇族', 28, '少数民族'),
    ('ethnic_group', '29', '柯尔克孜族', 29, '少数民族'),
    ('ethnic_group', '30', '土族', 30, '少数民族'),
    ('ethnic_group', '31', '达斡尔族', 31, '少数民族'),
    ('ethnic_group', '32', '仫佬族', 32, '少数民族'),
    ('ethnic_group', '33', '羌族', 33, '少数民族'),
    ('ethnic_group', '34', '布朗族', 34, '少数民族'),
    ('ethnic_group', '35', '撒拉族', 35, '少数民族'),
    ('ethnic_group', '36', '毛南族', 36, '少数民族'),
    ('ethnic_group', '37', '仡佬族', 37, '少数民族'),
    ('ethnic_group', '38', '锡伯族', 38, '少数民族'),
    ('ethnic_group', '39', '阿昌族', 39, '少数民族'),
    ('ethnic_group', '40', '普米族', 40, '少数民族'),
    ('ethnic_group', '41', '塔吉克族', 41, '少数民族'),
    ('ethnic_group', '42', '怒族', 42, '少数民族'),
    ('ethnic_group', '43', '乌孜别克族', 43, '少数民族'),
    ('ethnic_group', '44', '俄罗斯族', 44, '少数民族'),
    ('ethnic_group', '45', '鄂温克族', 45, '少数民族'),
    ('ethnic_group', '46', '德昂族', 46, '少数民族'),
    ('ethnic_group', '47', '保安族', 47, '少数民族'),
    ('ethnic_group', '48', '裕固族', 48, '少数民族'),
    ('ethnic_group', '49', '京族', 49, '少数民族'),
    ('ethnic_group', '50', '塔塔尔族', 50, '少数民族'),
    ('ethnic_group', '51', '独龙族', 51, '少数民族'),
    ('ethnic_group', '52', '鄂伦春族', 52, '少数民族'),
    ('ethnic_group', '53', '赫哲族', 53, '少数民族'),
    ('ethnic_group', '54', '门巴族', 54, '少数民族'),
    ('ethnic_group', '55', '珞巴族', 55, '少数民族'),
    ('ethnic_group', '56', '基诺族', 56, '少数民族'),
    ('education', '10', '研究生', 1, '大专及以上'),
    ('education', '20', '大学本科', 2, '大专及以上'),
    ('education', '30', '大学专科', 3, '大专及以上'),
    ('education', '40', '中专', 4, '大专以下'),
    ('education', '60', '高中', 5, '大专以下'),
    ('education', '70', '初中', 6, '大专以下'),
    ('education', '80', '小学及以下', 7, '大专以下'),
    ('degree', '1', '名誉博士', 1, ''),
    ('degree', '2', '博士', 2, ''),
    ('degree', '3', '硕士', 3, ''),
    ('degree', '4', '学士', 4, ''),
    ('occupation', 'WORKER', '工人', 1, '工人'),
    ('occupation', 'FARMER', '农牧渔民', 2, '农牧渔民'),
    ('occupation', 'TECHNICAL', '专业技术人员', 3, '专业技术人员'),
    ('occupation', 'MANAGER', '企业管理人员', 4, '企业管理人员'),
    ('occupation', 'ORGAN', '党政机关工作人员', 5, '党政机关工作人员'),
    ('occupation', 'STUDENT', '学生', 6, '学生'),
    ('occupation', 'OTHER', '其他职业人员', 7, '其他职业人员'),
    ('occupation', 'RETIRED', '离退休人员', 8, '离退休人员'),
    ('org_kind', '1', '农村', 1, ''),
    ('org_kind', '2', '社区', 2, ''),
    ('org_kind', '3', '机关', 3, ''),
    ('org_kind', '4', '事业单位', 4, ''),
    ('org_kind', '5', '学校', 5, ''),
    ('org_kind', '6', '企业', 6, ''),
    ('org_kind', '7', '两新组织', 7, ''),
    ('org_kind', '8', '离退休', 8, ''),
    ('org_kind', '9', '其他', 9, ''),
    ('org_post', 'SECRETARY', '书记', 1, ''),
    ('org_post', 'DEPUTY_SECRETARY', '副书记', 2, ''),
    ('org_post', 'ORGANISATION', '组织委员', 3, ''),
    ('org_post', 'PUBLICITY', '宣传委员', 4, ''),
    ('org_post', 'DISCIPLINE', '纪检委员', 5, ''),
    ('org_post', 'UNITED_FRONT', '统战委员', 6, ''),
    ('org_post', 'YOUTH', '青年委员', 7, ''),
    ('org_post', 'MEMBER', '委员', 8, '');

-- The bands of the yearly bulletin (RULES 8): whole months, both ends belong to the band.
INSERT INTO band (dimension, seq, title, least, most) VALUES
    ('AGE', 1, '30岁及以下', '', '30'),
    ('AGE', 2, '31至35岁', '31', '35'),
    ('AGE', 3, '36至40岁', '36', '40'),
    ('AGE', 4, '41至45岁', '41', '45'),
    ('AGE', 5, '46至50岁', '46', '50'),
    ('AGE', 6, '51至55岁', '51', '55'),
    ('AGE', 7, '56至60岁', '56', '60'),
    ('AGE', 8, '61岁及以上', '61', ''),
    ('JOINED', 1, '1949年9月及以前', '', '1949-09-30'),
    ('JOINED', 2, '1949年10月至1978年12月', '1949-10-01', '1978-12-31'),
    ('JOINED', 3, '1979年1月至2012年11月', '1979-01-01', '2012-11-30'),
    ('JOINED', 4, '2012年12月以来', '2012-12-01', '');

INSERT INTO development_paper (step, kind, seq) VALUES
    ('T1', '入党申请书', 1),
    ('T1a', '谈话记录', 2),
    ('T2', '推荐（推优）材料', 3),
    ('T2', '支委会记录', 4),
    ('T2', '积极分子备案表', 5),
    ('T2a', '培养联系人登记', 6),
    ('T2b', '培养考察登记表', 7),
    ('T3', '征求意见记录', 8),
    ('T3', '支委会记录', 9),
    ('T3', '上级同意意见', 10),
    ('T3', '公示及结果', 11),
    ('T4a', '介绍人意见', 12),
    ('T4b', '政治审查报告', 13),
    ('T4c', '结业证明', 14),
    ('T4d', '预审意见', 15),
    ('T4d', '入党志愿书', 16),
    ('T5', '支部大会决议', 17),
    ('T5', '票决记录', 18),
    ('T6', '审批意见', 19),
    ('T6', '谈话记录', 20),
    ('T6x', '书面通知', 21),
    ('T7', '宣誓记录', 22),
    ('T8', '转正申请书', 23),
    ('T8', '考察表', 24),
    ('T8', '决议', 25),
    ('T8', '审批', 26),
    ('T9', '决议', 27),
    ('T9', '审批', 28),
    ('T10', '决议', 29),
    ('T10', '审批', 30),
    ('T0', '书面说明', 31),
    ('T0', '支委会记录', 32),
    ('T11', '归档目录', 33);

INSERT INTO job_time (job, effective_from, pattern, day, hour, minute) VALUES
    ('election-reminder', '2000-01-01', 'daily', 0, 8, 20),
    ('vacancy-alarm', '2000-01-01', 'monthly', 1, 8, 10),
    ('development-reminder', '2000-01-01', 'daily', 0, 8, 30),
    ('floating-reminder', '2000-01-01', 'monthly', 1, 8, 40),
    ('sheet-cleaning', '2000-01-01', 'daily', 0, 3, 15);

INSERT INTO standard_checklist (org_type, kind, version, title, state, created_at, published_at) VALUES
    ('BRANCH', '', 1, '党支部标准化建设清单', 'PUBLISHED', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00'),
    ('GENERAL_BRANCH', '', 1, '党总支标准化建设清单', 'PUBLISHED', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00'),
    ('COMMITTEE', '', 1, '基层党委标准化建设清单', 'PUBLISHED', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00');

INSERT INTO standard_item (checklist_id, seq, area, title, requirement, photos, public)
    SELECT id, 1, '组织设置', '党支部设置规范', '批复文件、党员名册齐全', 1, FALSE FROM standard_checklist WHERE org_type = 'BRANCH'
    UNION ALL
    SELECT id, 2, '组织设置', '支部委员会健全', '按期换届，分工上墙', 1, FALSE FROM standard_checklist WHERE org_type = 'BRANCH'
    UNION ALL
    SELECT id, 3, '活动场所', '党员活动室', '有标牌、有党旗、有制度、有桌椅', 2, TRUE FROM standard_checklist WHERE org_type = 'BRANCH'
    UNION ALL
    SELECT id, 4, '活动场所', '入党誓词、党员权利义务上墙', '内容准确、位置醒目', 1, TRUE FROM standard_checklist WHERE org_type = 'BRANCH'
    UNION ALL
    SELECT id, 5, '活动场所', '党务公开栏', '每季度更新', 1, TRUE FROM standard_checklist WHERE org_type = 'BRANCH'
    UNION ALL
    SELECT id, 6, '组织生活', '三会一课记录规范', '记录本按次填写、签到齐全', 1, FALSE FROM standard_checklist WHERE org_type = 'BRANCH'
    UNION ALL
    SELECT id, 7, '组织生活', '主题党日固定', '每月固定一天，计划先行', 1, FALSE FROM standard_checklist WHERE org_type = 'BRANCH'
    UNION ALL
    SELECT id, 8, '党员管理', '党员档案齐全', '一人一档', 1, FALSE FROM standard_checklist WHERE org_type = 'BRANCH'
    UNION ALL
    SELECT id, 9, '党员管理', '党费收缴台账', '按月登记、按年公示', 1, FALSE FROM standard_checklist WHERE org_type = 'BRANCH'
    UNION ALL
    SELECT id, 10, '作用发挥', '党员先锋岗或责任区', '有标识、有承诺', 1, TRUE FROM standard_checklist WHERE org_type = 'BRANCH';
INSERT INTO standard_item (checklist_id, seq, area, title, requirement, photos, public)
    SELECT id, 1, '组织设置', '党总支设置规范', '批复文件齐全', 1, FALSE FROM standard_checklist WHERE org_type = 'GENERAL_BRANCH'
    UNION ALL
    SELECT id, 2, '组织设置', '总支委员会健全', '按期换届', 1, FALSE FROM standard_checklist WHERE org_type = 'GENERAL_BRANCH'
    UNION ALL
    SELECT id, 3, '活动场所', '党建阵地', '有标牌、有制度', 2, TRUE FROM standard_checklist WHERE org_type = 'GENERAL_BRANCH'
    UNION ALL
    SELECT id, 4, '工作运行', '对所属支部的指导记录', '每季度不少于一次', 1, FALSE FROM standard_checklist WHERE org_type = 'GENERAL_BRANCH';
INSERT INTO standard_item (checklist_id, seq, area, title, requirement, photos, public)
    SELECT id, 1, '组织设置', '党委设置规范', '批复文件齐全', 1, FALSE FROM standard_checklist WHERE org_type = 'COMMITTEE'
    UNION ALL
    SELECT id, 2, '组织设置', '党委按期换届', '任期届满按期进行', 1, FALSE FROM standard_checklist WHERE org_type = 'COMMITTEE'
    UNION ALL
    SELECT id, 3, '活动场所', '党群服务中心', '有标牌、有窗口、有制度', 2, TRUE FROM standard_checklist WHERE org_type = 'COMMITTEE'
    UNION ALL
    SELECT id, 4, '工作运行', '党建工作责任制落实', '年度计划与述职材料', 1, FALSE FROM standard_checklist WHERE org_type = 'COMMITTEE'
    UNION ALL
    SELECT id, 5, '工作运行', '发展党员全程纪实', '档案抽查合格', 1, FALSE FROM standard_checklist WHERE org_type = 'COMMITTEE'
    UNION ALL
    SELECT id, 6, '党员管理', '流动党员台账', '双向回执齐全', 1, FALSE FROM standard_checklist WHERE org_type = 'COMMITTEE';

-- +goose Down
DELETE FROM standard_item;
DELETE FROM standard_checklist;
DELETE FROM job_time WHERE job IN ('election-reminder', 'vacancy-alarm', 'development-reminder', 'floating-reminder', 'sheet-cleaning');
DELETE FROM development_paper;
DELETE FROM band;
DELETE FROM lookup;
DELETE FROM rule_value;
