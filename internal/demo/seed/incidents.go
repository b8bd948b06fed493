package seed

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/paulmach/orb"

	"wangge/internal/client"
)

// stories are incidents to begin with: the class by a part of its name, and what was written. {place} is where it is.
var stories = []struct{ class, text string }{
	{"暴露垃圾", "{place}有暴露垃圾约一立方米，气味明显"},
	{"占用消防通道", "{place}消防通道被两辆私家车占用"},
	{"乱堆杂物", "{place}单元门前堆放旧家具，影响出入"},
	{"满溢", "{place}垃圾箱满溢，需要加密清运"},
	{"机动车乱停", "{place}机动车停在人行道上"},
	{"小广告", "{place}墙面有非法小广告十余处"},
	{"店外经营", "{place}沿街商铺店外摆放货架"},
	{"道路不洁", "{place}路面有泥水，需要清扫"},
	{"纠纷", "{place}邻里因停车发生口角，请到场调解"},
	{"隐患", "{place}电动车飞线充电，存在安全隐患"},
	{"噪声", "{place}夜间施工噪声大，居民反映强烈"},
	{"绿地脏乱", "{place}绿地内有废旧纸箱和塑料袋"},
}

// stages are the states to begin with, with the notes of the steps that lead there; each story is told once in every state.
var stages = []struct {
	state client.IncidentState
	note  string
}{
	{client.Reported, ""},
	{client.Dispatched, "请属地网格到场处置"},
	{client.Handling, "已到达现场，开始处置"},
	{client.Closed, "已处置完毕，现场恢复"},
}

// incidents reports some and brings them into every state, when the server has none at all.
func (f *filling) incidents(ctx context.Context) error {
	first, err := f.admin.ListIncidentsWithResponse(ctx, &client.ListIncidentsParams{Limit: new(client.Limit(1))})
	if err := client.Check(first, err); err != nil {
		return fmt.Errorf("reading the incidents: %w", err)
	}
	if len(first.JSON200.Items) > 0 {
		return nil
	}
	classes, err := f.admin.ListClassesWithResponse(ctx)
	if err := client.Check(classes, err); err != nil {
		return fmt.Errorf("reading the classes of incident: %w", err)
	}
	field, err := client.Open(ctx, f.Server, client.Credentials{Name: Field, Password: Password}, f.Transport)
	if err != nil {
		return err
	}
	desk, err := client.Open(ctx, f.Server, client.Credentials{Name: Dispatcher, Password: Password}, f.Transport)
	if err != nil {
		return err
	}
	dice := rand.New(rand.NewPCG(f.Seed, number("incidents")))
	total := len(stories) * len(stages)
	for i := range total {
		f.Progress("incidents", i, total)
		story, stage := stories[i%len(stories)], i/len(stories)
		grid := f.grids[dice.IntN(len(f.grids))]
		report, ok := f.tell(ctx, dice, story.text, classOf(classes.JSON200.Items, story.class), grid)
		if !ok {
			continue
		}
		if err := tellAndMove(ctx, field, desk, report, stage); err != nil {
			return err
		}
	}
	f.Progress("incidents", total, total)
	return nil
}

func classOf(classes []client.Class, name string) string {
	for _, c := range classes {
		if strings.Contains(c.Name, name) {
			return c.Code
		}
	}
	if len(classes) > 0 {
		return classes[0].Code
	}
	return ""
}

// tell makes a report at a building of the grid, or in its middle when it has none; ok is false when there is no class to report.
func (f *filling) tell(ctx context.Context, dice *rand.Rand, text, class string, grid client.Area) (r client.ReportIncident, ok bool) {
	at, address := grid.Label, grid.Name
	answer, err := f.admin.ListBuildingsWithResponse(ctx, &client.ListBuildingsParams{Grid: grid.Code})
	if client.Check(answer, err) == nil && len(answer.JSON200.Items) > 0 {
		building := answer.JSON200.Items[dice.IntN(len(answer.JSON200.Items))]
		if footprint, isPolygon := building.Footprint.Geometry().(orb.Polygon); isPolygon {
			at = footprint.Bound().Center()
		}
		if address = building.Address; address == "" {
			address = building.Name
		}
	}
	return client.ReportIncident{
		Class: class, Text: strings.ReplaceAll(text, "{place}", address), Address: address,
		Lon: math.Round(at[0]*1e6) / 1e6, Lat: math.Round(at[1]*1e6) / 1e6,
	}, class != ""
}

// tellAndMove reports an incident and moves it on through the stages up to the given one.
func tellAndMove(ctx context.Context, field, desk *client.User, report client.ReportIncident, stage int) error {
	answer, err := field.ReportIncidentWithResponse(ctx, nil, report)
	if err := client.Check(answer, err); err != nil {
		return fmt.Errorf("reporting an incident of class %s: %w", report.Class, err)
	}
	id, version := answer.JSON201.Id, answer.JSON201.Version
	for _, step := range stages[1 : stage+1] {
		moved, err := desk.MoveIncidentWithResponse(ctx, id, nil, client.MoveIncident{To: step.state, Note: step.note, Version: version})
		if err := client.Check(moved, err); err != nil {
			return fmt.Errorf("moving incident %d to %s: %w", id, step.state, err)
		}
		version = moved.JSON200.Version
	}
	return nil
}
