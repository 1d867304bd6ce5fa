package mask

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMask(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"请打13800138000找我", "请打***找我"},
		{"请打138 0013 8000、138-0013-8000或138．0013．8000", "请打***、***或***"},
		{"手机１３８００１３８０００", "手机***"},
		{"电话一三八零零一三八零零零", "电话***"},
		{"电话幺三八〇〇幺三八〇〇〇", "电话***"},
		{"+8613800138000", "+86***"},
		{"身份证361199199001010018，", "身份证***，"},
		{"身份证36119919851231123x。", "身份证***。"},
		{"身份证 361199 19900101 0018 号", "身份证 *** 号"},
		{"座机0793-7512345", "座机***"},
		{"座机7512345", "座机***"},
		{"我的微信号是wu_qz-1980，加我", "我的微信号是***，加我"},
		{"微信：Wu1980x", "微信：***"},
		{"vx wu1980qz", "vx ***"},
		{"wxid_8x7y6z5w22", "***"},
		{"QQ 12345", "QQ ***"},
		{"加扣扣123456", "加扣扣***"},
		{"发到 wu.qz@example.com 吧", "发到 *** 吧"},
		{"我是吴群众，吴 群 众就是我", "我是***，***就是我"},
		{"我叫欧阳小明，住在3栋2单元", "我叫***，住在3栋2单元"},
		{"举报乱收费，我是欧阳守口", "举报乱收费，我是***"},
		{"我是王小明，住人民路；本人李四，电话另告", "我是***，住人民路；本人***，电话另告"},
		{"本人是张三丰的邻居", "本人是***的邻居"},
		{"举报人：赵铁柱。联系人 钱多", "举报人：***。联系人 ***"},
		{"我是居民，请为举报人保密", "我是居民，请为举报人保密"},
		{"我是老师家长，本人已多次反映", "我是老师家长，本人已多次反映"},
		{"姓名：王小二", "姓名：***"},
		{"人民路128号路灯坏了3天，2026年11月23日10:00报修过", "人民路128号路灯坏了3天，2026年11月23日10:00报修过"},
		{"请联系卫健委窗口，费用1200.50元", "请联系卫健委窗口，费用1200.50元"},
		{"", ""},
	} {
		if got := Text(c.text, "吴群众", "吴"); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

// TestMask_Number: a mobile number does not get through, whatever stands around it and between its digits.
func TestMask_Number(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		phone := rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(t, "phone")
		gap := rapid.SampledFrom([]string{"", " ", "-", "—", ".", "  "}).Draw(t, "gap")
		text := rapid.String().Draw(t, "before") + strings.Join(strings.Split(phone, ""), gap) + rapid.String().Draw(t, "after")
		got := Text(text)
		if strings.Contains(strings.NewReplacer(" ", "", "-", "", "—", "", ".", "").Replace(got), phone) {
			t.Fatalf("%q leaves %q", text, got)
		}
		if again := Text(got); again != got {
			t.Fatalf("%q is masked again to %q", got, again)
		}
	})
}
