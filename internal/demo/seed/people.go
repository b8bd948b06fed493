package seed

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"wangge/internal/client"
)

// perGrid is the number of workers of a grid over all shifts, on average: a leader each, and a member for every fifth.
const perGrid = 1.2

// The first letters of made-up staff numbers: what follows is the grid's code, so that filling again finds the same people.
const (
	leaderCode = "L"
	memberCode = "M"
)

// person is a worker to be there.
type person struct {
	code, name, phone string
	duty              client.Duty
	area              string
}

// plan decides who works in the grids: first a leader for each, then members, spread evenly. With fewer workers than grids, evenly spread
// grids get a leader. The same grids, number and seed give the same people.
func plan(grids []client.Area, workers int, seed uint64) []person {
	if workers == 0 {
		workers = int(float64(len(grids))*perGrid + 0.5)
	}
	people := make([]person, 0, workers)
	leaders := min(workers, len(grids))
	for i := range leaders {
		grid := &grids[i*len(grids)/leaders]
		people = append(people, made(seed, leaderCode+grid.Code, client.DutyGridLeader, grid))
	}
	members := workers - leaders
	rounds := (members + len(grids) - 1) / max(1, len(grids))
	for round := range rounds {
		inRound := (members + rounds - 1 - round) / rounds
		for i := range inRound {
			grid := &grids[i*len(grids)/inRound]
			people = append(people, made(seed, fmt.Sprintf("%s%s-%d", memberCode, grid.Code, round+1), client.DutyGridWorker, grid))
		}
	}
	for i := range people {
		people[i].phone = fmt.Sprintf("1990000%04d", (i+1)%10000) // no operator gives out this range
	}
	return people
}

// made makes up a person; a grid's leader is the one who is posted there, when the map names one.
func made(seed uint64, code string, duty client.Duty, grid *client.Area) person {
	p := person{code: code, duty: duty, area: grid.Code}
	if duty == client.DutyGridLeader {
		p.name = grid.LeaderName
	}
	if p.name == "" {
		p.name = Name(rand.New(rand.NewPCG(seed, number(code))))
	}
	return p
}

// number turns text into a number that depends on all of it.
func number(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text)) //nolint:errcheck // a hash never fails
	return h.Sum64()
}

// The commonest surnames, the commoner ones several times, and syllables of given names. Every person is made up.
var (
	surnames = []rune("王王王王李李李李张张张张刘刘刘陈陈杨杨赵赵黄周吴徐孙孙胡朱高林何郭马马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文")
	givens   = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文斌浩宇欣怡梓涵雪梅晓东海波春燕丹玲辉鹏飞鑫凯婷莉慧颖倩琳佳宁瑞清云峰林川立新德胜永福")
)

// Name makes up a name.
func Name(r *rand.Rand) string {
	name := []rune{surnames[r.IntN(len(surnames))], givens[r.IntN(len(givens))]}
	if r.Float64() < 0.7 {
		name = append(name, givens[r.IntN(len(givens))])
	}
	return string(name)
}
