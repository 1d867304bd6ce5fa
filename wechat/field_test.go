package wechat_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"hongyun/wechat"
)

func TestCheckField(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key       string
		good, bad []string
	}{
		{"thing3", []string{"七月党费提醒", strings.Repeat("字", 20), "a <b> 😀"},
			[]string{"", "  ", strings.Repeat("字", 21), "两\n行", "a\x00", "\xff", "倒\u202e转"}},
		{"number1", []string{"0", "12.50", strings.Repeat("9", 32)}, []string{"-1", "1.", ".5", "1,000", "１", strings.Repeat("9", 33)}},
		{"letter1", []string{"ABCdef"}, []string{"A1", "A B", "字", strings.Repeat("A", 33)}},
		{"symbol1", []string{"+-*/!"}, []string{"a", "+-*/!!"}},
		{"character_string4", []string{"No.2026-07/01#A"}, []string{"编号1", "a b", strings.Repeat("1", 33)}},
		{"time5", []string{"15:01", "2019年10月1日 15:01", "09:00~10:00", "2019年10月1日 15:01~2019年10月2日 15:01"},
			[]string{"24:00", "9:00", "2019-10-01 15:01", "2019年2月30日 15:01", "15:01:00", "09:00~"}},
		{"date2", []string{"2019年10月1日", "2019年10月01日 15:01", "2018-01-01", "2018/01/01", "2018.01.01", "2019年10月1日~2019年10月3日"},
			[]string{"2019年13月1日", "2018-02-30", "2018-01/01", "2019年10月", "10月1日", "20180101"}},
		{"amount1", []string{"¥20.00", "￥20元", "$1234567890"}, []string{"20.00", "¥12345678901", "¥", "¥-1", "¥12345678.901"}},
		{"phone_number1", []string{"+86-0766-66888866", "12345"}, []string{"+-", "0766 66888866", "+86-0766-668888661"}},
		{"car_number1", []string{"粤A12345", "粤A1234警", "粤AD12345"}, []string{"粤粤A1234", "粤A123456789", "粤A 123"}},
		{"name1", []string{"张三", "阿卜杜拉·买买提江", "JohnSmith", strings.Repeat("a", 20)},
			[]string{strings.Repeat("张", 11), strings.Repeat("a", 21), "张三1", "a" + strings.Repeat("张", 10)}},
		{"phrase1", []string{"待缴费", "已受理办结"}, []string{"已受理办结了", "OK", "待 办"}},
		{"enum1", []string{"通过"}, []string{""}},
	} {
		for _, v := range c.good {
			if err := wechat.CheckField(c.key, v); err != nil {
				t.Errorf("%s %q: %v", c.key, v, err)
			}
			if got := wechat.Fit(c.key, v); got != v {
				t.Errorf("%s %q: what fits was changed to %q", c.key, v, got)
			}
		}
		for _, v := range c.bad {
			if err := wechat.CheckField(c.key, v); err == nil {
				t.Errorf("%s %q accepted", c.key, v)
			}
		}
	}
	for _, key := range []string{"", "thing", "3", "keyword1", "thing3x", "Thing3", "first"} {
		if err := wechat.CheckField(key, "值"); err == nil || wechat.FieldKey(key) {
			t.Errorf("key %q accepted", key)
		}
	}
	for _, key := range []string{"thing3", "character_string12", "const1"} {
		if !wechat.FieldKey(key) {
			t.Errorf("key %q refused", key)
		}
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, value, want string }{
		{"thing1", "", "—"},
		{"thing1", "第一行\n第二行\t三", "第一行 第二行 三"},
		{"thing1", strings.Repeat("字", 21), strings.Repeat("字", 19) + "…"},
		{"number1", "共 1,234.5 分", "1234.5"},
		{"number1", "无", "0"},
		{"character_string1", "编号 A-1", "A-1"},
		{"date1", "2026-7-1", "2026年7月1日"},
		{"date1", "2026-07-01 15:04:05", "2026年7月1日 15:04"},
		{"time1", "2026-07-01 15:04", "2026年7月1日 15:04"},
		{"time1", "9:05", "09:05"},
		{"amount1", "20.00", "¥20.00"},
		{"amount1", "1,234.50元", "¥1234.50元"},
		{"amount1", "12345678901", "¥9999999999"},
		{"phone_number1", "0766 6688 8866", "076666888866"},
		{"name1", "欧阳 建国 2", "欧阳建国"},
		{"name1", "", "无"},
		{"phrase1", "已受理，待办理中", "已受理待办"},
		{"keyword1", "什么", "什么"},
	} {
		if got := wechat.Fit(c.key, c.value); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.key, c.value, got, c.want)
		}
	}
}

var fieldTypes = []string{"thing", "number", "letter", "symbol", "character_string", "time", "date", "amount",
	"phone_number", "car_number", "name", "phrase", "enum", "const"}

func TestFit_AlwaysPasses(t *testing.T) {
	t.Parallel()
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[¥$]?[-+]?[0-9,]{0,40}(\.[0-9]{0,12})?元?`),
		rapid.StringMatching(`[\p{Han}A-Za-z0-9 ·…]{0,40}`), rapid.StringMatching(`[0-9]{1,4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?`))
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SampledFrom(fieldTypes).Draw(t, "type") + "7"
		value := texts.Draw(t, "value")
		fitted := wechat.Fit(key, value)
		if err := wechat.CheckField(key, fitted); err != nil {
			t.Fatalf("%q became %q: %v", value, fitted, err)
		}
	})
}

func FuzzFit(f *testing.F) {
	for i := range fieldTypes {
		f.Add(uint8(i), "2026年7月1日 ¥20.00元 张三 a\x00")
	}
	f.Fuzz(func(t *testing.T, kind uint8, value string) {
		key := fieldTypes[int(kind)%len(fieldTypes)] + "1"
		fitted := wechat.Fit(key, value)
		if err := wechat.CheckField(key, fitted); err != nil || !utf8.ValidString(fitted) {
			t.Fatalf("%q became %q: %v", value, fitted, err)
		}
	})
}
