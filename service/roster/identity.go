package roster

import (
	"strings"

	"hongyun/model"
	"hongyun/service/fault"
)

// Identity is what an identity number tells (GB 11643-1999, RULES 12).
type Identity struct {
	Number string // 18 characters, upper case
	Sex    string // MALE, FEMALE
	BornOn model.Date
}

// ParseIdentity reads an identity number of 18 characters, or one of 15 digits, which it converts. today bounds the
// birth date. The area is not looked up: old codes live on in people's numbers.
//
// Fault identity.invalid with a sentence that says what is wrong; the number itself is never repeated.
func ParseIdentity(text string, today model.Date) (Identity, error) {
	number := strings.ToUpper(strings.TrimSpace(text))
	if len(number) == 15 && digits(number) {
		number = number[:6] + "19" + number[6:]
		number += string(checkDigit(number))
	}
	if len(number) != 18 || !digits(number[:17]) || !digits(number[17:]) && number[17] != 'X' {
		return Identity{}, fault.Invalid("identity.invalid", "身份证号须为18位，最后一位可为X")
	}
	born, err := model.ParseDate(number[6:10] + "-" + number[10:12] + "-" + number[12:14])
	if err != nil || born < "1900-01-01" || born > today {
		return Identity{}, fault.Invalid("identity.invalid", "身份证号中的出生日期不存在")
	}
	if number[17] != checkDigit(number[:17]) {
		return Identity{}, fault.Invalid("identity.invalid", "身份证号校验位不正确，请核对")
	}
	sex := "FEMALE"
	if (number[16]-'0')%2 == 1 {
		sex = "MALE"
	}
	return Identity{Number: number, Sex: sex, BornOn: born}, nil
}

func checkDigit(first17 string) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(first17[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Mobile tells whether text is a mobile number of the mainland (RULES 12).
func Mobile(text string) bool {
	return len(text) == 11 && digits(text) && text[0] == '1' && text[1] >= '3'
}
