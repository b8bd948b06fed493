package bench

import (
	"context"
	"fmt"
	"net/url"

	"golang.org/x/sync/errgroup"

	"wangge/internal/client"
)

// gather reads the devices and where their workers are posted.
func (r *rig) gather(ctx context.Context) error {
	admin, err := r.admin(ctx)
	if err != nil {
		return err
	}
	middles, err := gridMiddles(ctx, admin)
	if err != nil {
		return err
	}
	r.grids = len(middles)
	posts := make(map[int32]string)
	err = pages(func(after string) (string, error) {
		answer, err := admin.ListWorkersWithResponse(ctx, &client.ListWorkersParams{Limit: new(client.Limit(page)), After: &after})
		if err := client.Check(answer, err); err != nil {
			return "", err
		}
		for _, w := range answer.JSON200.Items {
			posts[w.Id] = w.Area
		}
		return answer.JSON200.Next, nil
	})
	if err != nil {
		return err
	}
	err = pages(func(after string) (string, error) {
		answer, err := admin.ListDevicesWithResponse(ctx, &client.ListDevicesParams{Limit: new(client.Limit(page)), After: &after})
		if err := client.Check(answer, err); err != nil {
			return "", err
		}
		for _, d := range answer.JSON200.Items {
			if middle, ok := middles[posts[d.WorkerId]]; ok && d.WorkerId != 0 {
				r.fleet = append(r.fleet, &device{uid: d.Uid, worker: d.WorkerId, lon: middle[0], lat: middle[1], steps: len(r.fleet)})
			}
		}
		return answer.JSON200.Next, nil
	})
	if err == nil && len(r.fleet) < r.Connections {
		err = fmt.Errorf("only %d devices for %d connections", len(r.fleet), r.Connections)
	}
	r.trace()
	return err
}

// gridMiddles are points well inside of each grid, in 1e-6 degree.
func gridMiddles(ctx context.Context, u *client.User) (map[string][2]int32, error) {
	areas, err := u.ListAreasWithResponse(ctx, &client.ListAreasParams{Level: new(client.LevelGrid)})
	if err := client.Check(areas, err); err != nil {
		return nil, err
	}
	middles := make(map[string][2]int32)
	for _, a := range areas.JSON200.Items {
		middles[a.Code] = [2]int32{int32(a.Label[0] * 1e6), int32(a.Label[1] * 1e6)}
	}
	return middles, nil
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

// trace picks the devices whose fixes are timed on their way to a viewer, evenly spread.
func (r *rig) trace() {
	r.traces = make(map[int32]*tracing)
	for i := 0; i < len(r.fleet); i += max(1, len(r.fleet)/traced) {
		r.fleet[i].trace = new(tracing)
		r.traces[r.fleet[i].worker] = r.fleet[i].trace
	}
}

// lines opens the connections of a stage, each with its part of the fleet: of sockets, one for every device.
func (r *rig) lines(ctx context.Context, s stage) ([]*line, error) {
	u, err := url.Parse(r.server)
	if err != nil {
		return nil, err
	}
	connections := r.Connections
	if s.way == bySocket {
		connections = len(r.fleet)
	}
	lines := make([]*line, connections)
	for i := range lines {
		lines[i] = &line{}
		for d := i; d < len(r.fleet); d += connections {
			lines[i].fleet = append(lines[i].fleet, r.fleet[d])
		}
	}
	opening, _ := errgroup.WithContext(ctx)
	opening.SetLimit(32)
	for _, ln := range lines {
		opening.Go(func() error { return ln.open(u.Host, s.way, r.gateway) })
	}
	if err := opening.Wait(); err != nil {
		closeLines(lines)
		return nil, err
	}
	return lines, nil
}

func (ln *line) open(host string, by way, gateway credential) (err error) {
	if by == bySocket {
		ln.socket, err = dialSocket(host, ln.fleet[0].uid, gateway)
	} else {
		ln.wire, err = dialWire(host, gateway)
	}
	return err
}

func closeLines(lines []*line) {
	for _, ln := range lines {
		if ln.socket != nil {
			ln.socket.close()
		}
		if ln.wire != nil {
			ln.wire.close()
		}
	}
}
