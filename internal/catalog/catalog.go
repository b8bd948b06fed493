// Package catalog knows the classes of incident: their codes in the standard, names, and how much each hurts by default.
//
// The shipped classes are those of domain.md §1. They are data: a district may rename them, and what it has changed stays when the
// program starts again.
package catalog

// Severity says how much an incident hurts.
type Severity string

// The severities; each has its own shape, colour and word on the pages.
const (
	Normal    Severity = "normal"
	Attention Severity = "attention"
	Urgent    Severity = "urgent"
	Critical  Severity = "critical"
)

// Valid tells whether it is one of the four.
func (s Severity) Valid() bool {
	return s == Normal || s == Attention || s == Urgent || s == Critical
}

// Kind is what a class is about.
type Kind string

// The kinds.
const (
	Matter    Kind = "matter"    // 事项: something that happens
	Component Kind = "component" // 部件: something that stands there
	Grid      Kind = "grid"      // 网格治理: what the grid looks after beyond the standard
)

// The standards that number classes.
const (
	Standard2026 = "GB/T 47678.5" // the successor of GB/T 30428.2-2013, which numbers differently
	StandardGrid = "wangge"       // grid governance, decided for this project
)

// Class is one class of incident. (Standard, Kind, Code) names it for ever; Code alone is unique among the classes in force.
type Class struct {
	Standard string
	Kind     Kind
	Code     string
	Name     string
	NameEN   string
	Severity Severity // of an incident that is reported without one
	Sort     int      // place in lists
}

// Shipped lists the classes that a new database begins with. The slice is the caller's.
func Shipped() []Class {
	classes := []Class{
		matter("06001", "私搭乱建", "Illegal construction", Attention),
		matter("06010", "暴露垃圾", "Exposed rubbish", Normal),
		matter("06011", "积存垃圾渣土", "Piled-up rubbish and rubble", Normal),
		matter("06012", "道路不洁", "Dirty road", Normal),
		matter("06017", "绿地脏乱", "Untidy green space", Normal),
		matter("06028", "噪声扰民", "Noise nuisance", Normal),
		matter("06036", "乱堆杂物", "Piled-up junk", Normal),
		matter("06042", "垃圾站(箱)满溢", "Overflowing rubbish station or bin", Normal),
		matter("06045", "非法占绿毁绿", "Green space occupied or destroyed", Attention),
		matter("07001", "非法小广告", "Illegal small advertisements", Normal),
		matter("08004", "工地扬尘", "Dust from a building site", Attention),
		matter("09001", "无照经营游商", "Unlicensed street trading", Normal),
		matter("09005", "店外经营", "Trading outside the shop", Normal),
		matter("09006", "占道经营", "Trading on the road", Normal),
		matter("09009", "机动车乱停放", "Badly parked motor vehicles", Normal),
		matter("09012", "占用消防通道", "Blocked fire lane", Urgent),
		matter("10001", "道路积雪结冰", "Snow or ice on the road", Attention),
		grid("W01", "矛盾纠纷", "Disputes", Attention),
		grid("W02", "安全隐患", "Safety hazards", Urgent),
		grid("W03", "治安防控", "Public order", Attention),
		grid("W04", "民生服务", "Livelihood services", Normal),
		grid("W05", "市容环境", "City appearance", Normal),
		grid("W06", "物业管理", "Property management", Normal),
		grid("W07", "关怀走访", "Care visits", Normal),
		grid("W08", "突发事件", "Emergencies", Critical),
	}
	for i := range classes {
		classes[i].Sort = i + 1
	}
	return classes
}

func matter(code, name, english string, s Severity) Class {
	return Class{Standard: Standard2026, Kind: Matter, Code: code, Name: name, NameEN: english, Severity: s}
}

func grid(code, name, english string, s Severity) Class {
	return Class{Standard: StandardGrid, Kind: Grid, Code: code, Name: name, NameEN: english, Severity: s}
}
