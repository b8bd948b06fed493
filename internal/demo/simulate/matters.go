package simulate

import (
	"math/rand/v2"
	"strings"
	"time"
)

// Class is a class of incident in the server's catalogue.
type Class struct {
	Code string
	Name string
}

// matter is something that happens: a class, how often it comes, and what people write about it. Classes are known by parts of their
// names, since codes differ between standards: the first of the names that the catalogue has counts. In a text, {place} is where it is.
type matter struct {
	names  string // parted by |
	weight float64
	texts  []string
	winter int // weather only: 1 in winter, -1 outside of it, 0 always
	code   string
}

var matters = []matter{
	{names: "暴露垃圾", weight: 12, texts: []string{"{place}有暴露垃圾约一立方米", "{place}生活垃圾散落，未入桶", "{place}装修垃圾无人清运"}},
	{names: "积存垃圾渣土", weight: 5, texts: []string{"{place}积存渣土一堆，影响通行", "{place}建筑渣土多日未清"}},
	{names: "道路不洁", weight: 8, texts: []string{"{place}路面有泥水，需清扫", "{place}落叶堆积，路面不洁"}},
	{names: "绿地脏乱", weight: 5, texts: []string{"{place}绿地内有塑料袋和烟头", "{place}绿化带里丢有废旧纸箱"}},
	{names: "噪声扰民", weight: 4, texts: []string{"{place}夜间音响声音大，居民反映强烈", "{place}装修噪声扰民"}},
	{names: "乱堆", weight: 9, texts: []string{"{place}楼道口堆放旧家具", "{place}电动车棚旁乱堆纸箱", "{place}单元门前堆放杂物，影响出入"}},
	{names: "满溢", weight: 8, texts: []string{"{place}垃圾箱满溢，需加密清运", "{place}分类垃圾桶已满，周边有散落"}},
	{names: "占绿", weight: 2, texts: []string{"{place}有人在绿地内种菜"}},
	{names: "小广告", weight: 6, texts: []string{"{place}墙面发现非法小广告十余处", "{place}电线杆上张贴小广告"}},
	{names: "工地扬尘", weight: 2, texts: []string{"{place}工地土方未苫盖，扬尘明显"}},
	{names: "无照经营", weight: 4, texts: []string{"{place}有流动摊贩占道卖水果", "{place}路口有无照商贩三处"}},
	{names: "店外经营", weight: 5, texts: []string{"{place}沿街商铺店外摆放货架"}},
	{names: "占道经营", weight: 4, texts: []string{"{place}早餐摊占用人行道"}},
	{names: "机动车乱停", weight: 9, texts: []string{"{place}机动车停在人行道上", "{place}车辆堵住小区出入口"}},
	{names: "消防通道", weight: 5, texts: []string{"{place}消防通道被私家车占用", "{place}消防通道堆放电动车，无法通行"}},
	{names: "私搭乱建", weight: 1.5, texts: []string{"{place}一楼住户正在搭建棚子"}},
	{names: "井盖|民生服务", weight: 2, texts: []string{"{place}井盖破损，已放置警示", "{place}井盖松动异响"}},
	{names: "路灯|民生服务", weight: 2, texts: []string{"{place}路灯不亮", "{place}路灯忽明忽暗"}},
	{names: "纠纷", weight: 3, texts: []string{"{place}邻里因停车发生口角，请到场调解", "{place}楼上漏水引发纠纷"}},
	{names: "隐患", weight: 3, texts: []string{"{place}飞线充电，存在安全隐患", "{place}外墙皮松动，有坠落隐患"}},
}

var weather = []matter{
	{names: "积水|安全隐患", weight: 10, winter: -1, texts: []string{"{place}积水约十五厘米，车辆通行困难", "{place}雨水篦子堵塞，路面积水", "{place}积水漫过人行道，请尽快排水"}},
	{names: "道路不洁", weight: 2, winter: -1, texts: []string{"{place}雨后淤泥满路，需冲洗"}},
	{names: "积雪结冰", weight: 10, winter: 1, texts: []string{"{place}路面结冰，行人易滑倒", "{place}积雪未清，影响出行"}},
	{names: "树木|安全隐患", weight: 3, texts: []string{"{place}树枝折断压住车辆", "{place}行道树倾斜，需扶正"}},
}

// spots say where about a building something is.
var spots = []string{"东侧", "西侧", "南门", "北门", "楼前", "路口", "北侧绿地", "车棚旁"}

// known are the matters for which the catalogue has a class, with its code.
func known(all []matter, classes []Class) []matter {
	var found []matter
	for _, m := range all {
		if m.code = codeFor(m.names, classes); m.code != "" {
			found = append(found, m)
		}
	}
	return found
}

func codeFor(names string, classes []Class) string {
	for name := range strings.SplitSeq(names, "|") {
		for _, c := range classes {
			if strings.Contains(c.Name, name) {
				return c.Code
			}
		}
	}
	return ""
}

// seasonal are the matters of the weather that a month can have; all of them rather than none.
func seasonal(all []matter, t time.Time) []matter {
	season := -1
	if month := t.In(local).Month(); month == time.December || month <= time.February {
		season = 1
	}
	var fit []matter
	for _, m := range all {
		if m.winter == 0 || m.winter == season {
			fit = append(fit, m)
		}
	}
	if len(fit) == 0 {
		return all
	}
	return fit
}

func choose(r *rand.Rand, from []matter) matter {
	sum := 0.0
	for _, m := range from {
		sum += m.weight
	}
	at := r.Float64() * sum
	for _, m := range from {
		if at -= m.weight; at < 0 {
			return m
		}
	}
	return from[len(from)-1]
}
