package post

import "strings"

// MaskPhone hides the middle of a phone number: "13812345678" becomes "138****5678", a shorter number keeps its last two signs, and
// one of fewer than seven is hidden entirely. Numbers are masked wherever they are shown unless somebody with the right, and a
// recorded reason, asked for them in full.
func MaskPhone(phone string) string {
	signs := []rune(strings.TrimSpace(phone))
	switch n := len(signs); {
	case n == 0:
		return ""
	case n < 7:
		return strings.Repeat("*", n)
	case n < 11:
		return strings.Repeat("*", n-2) + string(signs[n-2:])
	default:
		return string(signs[:3]) + strings.Repeat("*", n-7) + string(signs[n-4:])
	}
}
