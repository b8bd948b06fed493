package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"wangge/internal/client"
	"wangge/internal/geo"
)

// page is the number of things asked for at once.
const page = 500

// away tells whether an error means that the server is not there or has no time, so that it is sensible to try again.
func away(err error) bool {
	var refusal *client.Error
	if errors.As(err, &refusal) {
		return refusal.Temporary()
	}
	var network *url.Error
	return errors.As(err, &network)
}

// persist calls f until it works, while the server is away. Any other error is final.
func persist(ctx context.Context, f func() error) error {
	for wait := backoffMin; ; wait = min(backoffMax, 2*wait) {
		err := f()
		if err == nil || ctx.Err() != nil || !away(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// loadDistrict reads grids and buildings from the server.
func loadDistrict(ctx context.Context, s *client.User, seed uint64) (*District, error) {
	answer, err := s.GetAreasGeoJSONWithResponse(ctx, &client.GetAreasGeoJSONParams{Level: new(client.LevelGrid)})
	if err := client.Check(answer, err); err != nil {
		return nil, fmt.Errorf("reading the grids: %w", err)
	}
	list, err := s.ListAreasWithResponse(ctx, &client.ListAreasParams{Level: new(client.LevelGrid)})
	if err := client.Check(list, err); err != nil {
		return nil, fmt.Errorf("reading the grids: %w", err)
	}
	collection, err := boundaries(answer.Body)
	if err != nil {
		return nil, err
	}
	grids := make([]Grid, len(list.JSON200.Items))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(8)
	for i, a := range list.JSON200.Items {
		grids[i] = Grid{Code: a.Code, Name: a.Name, Households: a.Households, Boundary: collection[a.Code], Label: a.Label}
		work.Go(func() error { return loadDoors(ctx, s, &grids[i]) })
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	if len(grids) == 0 {
		return nil, errors.New("the server has no grids: import areas first")
	}
	return NewDistrict(grids, seed), nil
}

// boundaries gives the largest part of each area's boundary by the area's code.
func boundaries(body []byte) (map[string]orb.Polygon, error) {
	var collection client.FeatureCollection
	if err := json.Unmarshal(body, &collection); err != nil {
		return nil, fmt.Errorf("reading the boundaries: %w", err)
	}
	found := make(map[string]orb.Polygon, len(collection.Features))
	for _, f := range collection.Features {
		code, _ := f.Properties["code"].(string)
		switch g := f.Geometry.(type) {
		case orb.Polygon:
			found[code] = g
		case orb.MultiPolygon:
			found[code] = largest(g)
		}
	}
	return found, nil
}

func largest(parts orb.MultiPolygon) (best orb.Polygon) {
	most := -1.0
	for _, p := range parts {
		b := p.Bound()
		if size := (b.Max[0] - b.Min[0]) * (b.Max[1] - b.Min[1]); size > most {
			most, best = size, p
		}
	}
	return best
}

func loadDoors(ctx context.Context, s *client.User, g *Grid) error {
	answer, err := s.ListBuildingsWithResponse(ctx, &client.ListBuildingsParams{Grid: g.Code})
	if err := client.Check(answer, err); err != nil {
		return fmt.Errorf("reading the buildings of %s: %w", g.Code, err)
	}
	plane := geo.NewLocal(g.Label)
	for _, b := range answer.JSON200.Items {
		footprint, ok := b.Footprint.Geometry().(orb.Polygon)
		if !ok {
			continue
		}
		name := b.Address
		if name == "" {
			name = b.Name
		}
		g.Doors = append(g.Doors, Door{Name: name, Floors: b.Floors, At: DoorOf(footprint, plane)})
	}
	return nil
}

func loadClasses(ctx context.Context, s *client.User) ([]Class, error) {
	answer, err := s.ListClassesWithResponse(ctx)
	if err := client.Check(answer, err); err != nil {
		return nil, fmt.Errorf("reading the classes of incident: %w", err)
	}
	classes := make([]Class, len(answer.JSON200.Items))
	for i, c := range answer.JSON200.Items {
		classes[i] = Class{Code: c.Code, Name: c.Name}
	}
	return classes, nil
}

// staff is who carries which phone.
type staff struct {
	phones  []Phone
	workers []int32 // of each phone
	devices []client.Device
}

// loadStaff reads workers and their devices: one phone per worker (the device with the lowest id), at most `most` (0: all), in the order
// of the workers' ids. Only devices of workers posted to a grid of the district count, and none in `except`.
func loadStaff(ctx context.Context, s *client.User, d *District, most int, except []string) (*staff, error) {
	grids := make(map[int32]int)
	err := pages(func(after string) (string, error) {
		answer, err := s.ListWorkersWithResponse(ctx, &client.ListWorkersParams{Limit: new(client.Limit(page)), After: &after})
		if err := client.Check(answer, err); err != nil {
			return "", fmt.Errorf("reading the workers: %w", err)
		}
		for _, w := range answer.JSON200.Items {
			if grid, ok := d.ByCode[w.Area]; ok {
				grids[w.Id] = grid
			}
		}
		return answer.JSON200.Next, nil
	})
	if err != nil {
		return nil, err
	}
	var devices []client.Device
	err = pages(func(after string) (string, error) {
		answer, err := s.ListDevicesWithResponse(ctx, &client.ListDevicesParams{Limit: new(client.Limit(page)), After: &after})
		if err := client.Check(answer, err); err != nil {
			return "", fmt.Errorf("reading the devices: %w", err)
		}
		devices = append(devices, answer.JSON200.Items...)
		return answer.JSON200.Next, nil
	})
	if err != nil {
		return nil, err
	}
	return assign(grids, devices, most, except), nil
}

func assign(grids map[int32]int, devices []client.Device, most int, except []string) *staff {
	slices.SortFunc(devices, func(a, b client.Device) int {
		if a.WorkerId != b.WorkerId {
			return int(a.WorkerId) - int(b.WorkerId)
		}
		return strings.Compare(a.Uid, b.Uid)
	})
	st := &staff{}
	for _, dev := range devices {
		grid, posted := grids[dev.WorkerId]
		taken := len(st.workers) > 0 && st.workers[len(st.workers)-1] == dev.WorkerId
		if !posted || taken || dev.Disabled || dev.Gateway || slices.Contains(except, dev.Uid) {
			continue
		}
		if most > 0 && len(st.phones) == most {
			break
		}
		st.phones = append(st.phones, Phone{UID: dev.Uid, Format: FormatOf(dev.Uid), Grid: grid})
		st.workers = append(st.workers, dev.WorkerId)
		st.devices = append(st.devices, dev)
	}
	return st
}

// pages calls read with the `after` of each page until there is no next one.
func pages(read func(after string) (next string, err error)) error {
	for after := ""; ; {
		next, err := read(after)
		if err != nil || next == "" {
			return err
		}
		after = next
	}
}

// loadShifts reads the roster around an instant, by worker.
func loadShifts(ctx context.Context, s *client.User, now time.Time) (map[int32][]Span, error) {
	answer, err := s.ListShiftsWithResponse(ctx, &client.ListShiftsParams{From: new(now.Add(-time.Minute)), To: new(now.Add(36 * time.Hour))})
	if err := client.Check(answer, err); err != nil {
		return nil, fmt.Errorf("reading the shifts: %w", err)
	}
	spans := make(map[int32][]Span)
	for _, shift := range answer.JSON200.Items {
		span := Span{From: shift.From}
		if shift.To != nil {
			span.To = *shift.To
		}
		spans[shift.WorkerId] = append(spans[shift.WorkerId], span)
	}
	return spans, nil
}

// gatewayUID names the Traccar server that simulated trackers are behind.
const gatewayUID = "traccar-simulated"

// secrets has the server make the secrets of the gateway and of the phones that need one. Earlier ones end: two simulations on one server
// would put each other out.
func (st *staff) secrets(ctx context.Context, s *client.User) (Gateway, error) {
	var body client.SaveDevices
	wanted := []int{-1}
	add := func(uid, name string, worker int32) {
		body.Devices = slices.Grow(body.Devices, 1)[:len(body.Devices)+1]
		d := &body.Devices[len(body.Devices)-1]
		d.Uid, d.Name, d.WorkerId, d.Gateway, d.NewSecret = uid, name, worker, worker == 0, true
	}
	add(gatewayUID, "Traccar（模拟网关）", 0)
	for i, p := range st.phones {
		if p.Format.NeedsSecret() {
			wanted = append(wanted, i)
			add(p.UID, st.devices[i].Name, st.workers[i])
		}
	}
	gateway := Gateway{UID: gatewayUID}
	for from := 0; from < len(wanted); from += bulk {
		to := min(from+bulk, len(wanted))
		answer, err := s.SaveDevicesWithResponse(ctx, nil, client.SaveDevices{Devices: body.Devices[from:to]})
		if err := client.Check(answer, err); err != nil {
			return Gateway{}, fmt.Errorf("making the phones' secrets: %w", err)
		}
		for i, d := range answer.JSON200.Items {
			if phone := wanted[from+i]; phone < 0 {
				gateway.Secret = d.Secret
			} else {
				st.phones[phone].Secret = d.Secret
			}
		}
	}
	return gateway, nil
}

// bulk is the most that one saving request takes.
const bulk = 5000
