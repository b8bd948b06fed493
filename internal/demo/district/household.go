package district

import "fmt"

// The rules for households: communities of 2,000 to 4,000, about 3,000 on average, and villages of any size; grids of 300 to 500. A village
// of less than 300 is one grid. 501 to 599 households can't be divided into grids and so don't occur.
const (
	gridMin, gridMax           = 300, 500
	communityMin, communityMax = 2000, 4000
	gridMean                   = 385
	gridFull                   = 470 // the mean that a community with few blocks may reach, which leaves its grids room to differ
	personsPerHousehold        = 2.6 // urban, from the census: for proportions only
)

// planGrids decides every community's households, divides it into grids, and deals the households out to them.
func (p *planner) planGrids(root *draft) error {
	for _, s := range root.below {
		residents := len(p.source.children(s.division.Code, residentsCommittee))
		for _, c := range s.below {
			if c.division.Type == villageCommittee {
				p.settleVillage(c)
			} else {
				p.settleCommunity(c, p.source.facts[s.division.Code].Population, residents)
			}
			if err := p.divideGrids(c); err != nil {
				return fmt.Errorf("dividing %s into grids: %w", c.division.Name, err)
			}
			s.homes += c.homes
		}
		root.homes += s.homes
	}
	return nil
}

// settleCommunity gives a residents' committee about its share of the subdistrict's households.
func (p *planner) settleCommunity(c *draft, population, committees int) {
	mean := int(float64(population)/personsPerHousehold) / committees
	key := codeKey(c.division.Code)
	homes := mean * p.dice.between("community size", 86, 114, key) / 100
	homes = min(max(homes, communityMin+150), communityMax-150-p.dice.intn("community limit", 500, key))
	c.grids = (homes + gridMean/2) / gridMean
	c.homes = homes
}

// settleVillage gives a village 220 to 299, 300 to 490 or 620 to 900 households.
func (p *planner) settleVillage(c *draft) {
	key := codeKey(c.division.Code)
	switch k := p.dice.intn("village kind", 100, key); {
	case k < 14:
		c.grids, c.homes = 1, p.dice.between("village size", 220, 299, key)
	case k < 62:
		c.grids, c.homes = 1, p.dice.between("village size", 300, 490, key)
	default:
		c.grids, c.homes = 2, p.dice.between("village size", 620, 900, key)
	}
}

// divideGrids divides a community into its grids and deals out its households: near to equal, a little more where the grid is larger, and
// always within the rule. A community with too few blocks for its grids gets fewer, and if need be fewer households.
func (p *planner) divideGrids(c *draft) error {
	regions, err := p.divide(c.region, c.grids, costBetweenGrids)
	for fewest := c.fewestGrids(); err != nil && c.grids > fewest; {
		c.grids--
		c.homes = min(c.homes, c.grids*gridFull)
		regions, err = p.divide(c.region, c.grids, costBetweenGrids)
	}
	if err != nil {
		return err
	}
	p.readingOrder(regions)
	left := c.homes
	for k, r := range regions {
		after := len(regions) - k - 1
		homes := left
		if after > 0 {
			homes = left/(after+1) + p.dice.between("grid size", -45, 45, codeKey(c.division.Code), k)
			homes = min(max(homes, gridMin, left-after*gridMax), gridMax, left-after*gridMin)
		}
		left -= homes
		c.below = append(c.below, &draft{division: gridDivision(c.division, k+1), region: r, homes: homes})
	}
	return nil
}

// fewestGrids is how few grids a community can have with the households that it must have.
func (c *draft) fewestGrids() int {
	if c.division.Type == villageCommittee {
		return 1
	}
	return (communityMin + gridFull - 1) / gridFull
}

// gridDivision names a grid: the community's code, the type digit 1 (residential) and three serial digits.
func gridDivision(c division, serial int) division {
	return division{
		Code:   fmt.Sprintf("%s1%03d", c.Code, serial),
		Name:   fmt.Sprintf("%s第%d网格", shortName(c.Name), serial),
		Type:   "grid",
		Parent: c.Code,
	}
}

// codeKey is the last six digits of a community's code, which tell the communities apart, as a key for dice.
func codeKey(code string) int {
	key := 0
	for _, digit := range code[6:] {
		key = key*10 + int(digit-'0')
	}
	return key
}

// gridKey tells the grids apart, as a key for dice.
func gridKey(code string) int {
	return codeKey(code[:12])*1000 + codeKey(code[7:])%1000
}
