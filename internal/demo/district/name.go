package district

import "fmt"

// The names here are made up: of the kind that a district like this one has, but of no particular street or person.

// Main streets: those that run north and south are 大道, the others 路.
var (
	avenueNames = []string{"望岳", "槐荫", "长庚", "运河", "崇文", "迎宾", "凤鸣", "青云", "德馨", "锦川", "玉衡", "广惠", "朝阳", "东昇", "新城",
		"澄湖", "紫荆", "瑞云", "嘉禾", "秋实"}
	roadNames = []string{"漳南", "古渡", "四女", "平禾", "永丰", "双桥", "黄河涯", "麦香", "仓前", "柳林", "春晖", "南环", "建德", "怀仁", "九龙", "三元",
		"董子", "青年", "东风", "学府", "解放", "文昌", "中心", "天成", "新河", "北园", "共青", "德兴", "长治", "北环", "向阳", "减河", "晶华",
		"萃华", "恒安", "二屯", "丰乐", "兴隆", "渡口", "北辰", "和谐", "福源", "安居", "通达", "联盟", "康庄"}
)

// Other streets take one character from each of these; no character is in both.
var (
	firstCharacters  = []rune("文新永德和福兴康乐长建广瑞锦学东春青金玉富同仁惠嘉祥崇景翠桂")
	secondCharacters = []rune("华昌明庆泰宁丰苑平安顺源林园堂桥井槐柳荷松竹梅兰溪泉湖河台阁")
)

// streetNames hands out names; none is given to two streets.
type streetNames struct{ avenues, roads, others int }

// next is the name of a street on a line of the lattice.
func (n *streetNames) next(on line, c class, country bool) string {
	if on.fine%finePerMain == 0 {
		if on.axis == eastward && n.avenues < len(avenueNames) {
			n.avenues++
			return avenueNames[n.avenues-1] + "大道"
		}
		if on.axis == northward && n.roads < len(roadNames) {
			n.roads++
			return roadNames[n.roads-1] + "路"
		}
	}
	return n.other() + suffix(on.axis, c, country, n.others)
}

// suffix says what kind of street it is.
func suffix(a axis, c class, country bool, serial int) string {
	switch {
	case country && c == laneStreet:
		return "村路"
	case country:
		return "乡路"
	case c != laneStreet && a == eastward:
		return "大街"
	case c != laneStreet:
		return "路"
	case serial%3 == 0:
		return "胡同"
	case a == eastward:
		return "街"
	}
	return "巷"
}

// other is the next of the two-character names; the same names come round again, with other suffixes, after 900.
func (n *streetNames) other() string {
	a := n.others % len(firstCharacters)
	b := (7*a + n.others/len(firstCharacters)) % len(secondCharacters)
	n.others++
	return string([]rune{firstCharacters[a], secondCharacters[b]})
}

// Names of people: common surnames and characters of given names.
var (
	surnames   = []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文")
	givenFirst = []rune("建志海国文秀玉桂春晓振德永庆丽淑红明立兆宝金长少新俊家云思佳")
	givenLast  = []rune("华军平英强兰峰玲东梅涛芳伟霞勇燕刚敏辉静波洁鹏娟宁杰凯萍斌慧超颖洋琳")
)

// personName is a made-up name for the k-th person.
func (d dice) personName(k int) string {
	name := []rune{surnames[d.intn("surname", len(surnames), k)]}
	if !d.chance("one character", 18, k) {
		name = append(name, givenFirst[d.intn("given first", len(givenFirst), k)])
	}
	return string(append(name, givenLast[d.intn("given last", len(givenLast), k)]))
}

// fakePhone is the phone number of the k-th person. All of them begin with 1990000, so that anybody can tell that they are invented;
// nothing may ever call them or send them a message.
func fakePhone(k int) string { return fmt.Sprintf("1990000%04d", k) }
