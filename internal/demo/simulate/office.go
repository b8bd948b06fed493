package simulate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"wangge/internal/client"
)

// office is the people who report incidents and those who handle them: a queue of what they do, done in order.
type office struct {
	console  *client.User // takes calls
	field    *client.User // reports what workers find
	dispatch *client.User
	keys     string // begins every idempotency key, so that a request that is repeated is carried out once
	known    map[int]knownIncident
	log      *slog.Logger
	stats    *counters
}

// knownIncident is an incident as the server last told of it.
type knownIncident struct {
	id      int64
	version int64
	state   client.IncidentState
}

// run does what comes out of queue until ctx ends.
func (o *office) run(ctx context.Context, queue <-chan Action) {
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-queue:
			o.insist(ctx, a)
		}
	}
}

// insist does one thing, again and again while the server is away.
func (o *office) insist(ctx context.Context, a Action) {
	err := persist(ctx, func() error { return o.do(ctx, a) })
	if err != nil && ctx.Err() == nil {
		o.stats.refused.Add(1)
		o.log.Warn("the server refuses what the simulated office does", "error", err)
	}
}

func (o *office) do(ctx context.Context, a Action) error {
	if a.Report != nil {
		return o.report(ctx, a.Report)
	}
	return o.move(ctx, a.Move)
}

func (o *office) report(ctx context.Context, n *NewIncident) error {
	by := o.field
	if n.Console {
		by = o.console
	}
	answer, err := by.ReportIncidentWithResponse(ctx,
		&client.ReportIncidentParams{IdempotencyKey: new(fmt.Sprintf("%s-%d", o.keys, n.Number))},
		client.ReportIncidentJSONRequestBody{Class: n.Class, Text: n.Text, Address: n.Address, Lon: n.Lon, Lat: n.Lat})
	if err := client.Check(answer, err); err != nil {
		return fmt.Errorf("reporting an incident of class %s: %w", n.Class, err)
	}
	made := answer.JSON201
	o.known[n.Number] = knownIncident{made.Id, made.Version, made.State}
	o.stats.incidents.Add(1)
	return nil
}

// move makes a step, unless somebody else (a person who tries the demonstration) has taken the incident on meanwhile.
func (o *office) move(ctx context.Context, m *Move) error {
	k, ok := o.known[m.Number]
	if !ok {
		return nil // its report was refused, or somebody took it on
	}
	answer, err := o.dispatch.MoveIncidentWithResponse(ctx, k.id,
		&client.MoveIncidentParams{IdempotencyKey: new(fmt.Sprintf("%s-%d-%s", o.keys, m.Number, m.To))},
		client.MoveIncidentJSONRequestBody{To: m.To, Note: m.Note, Version: k.version})
	err = client.Check(answer, err)
	var refusal *client.Error
	if errors.As(err, &refusal) && (refusal.HTTPStatus == http.StatusConflict || refusal.HTTPStatus == http.StatusNotFound) {
		delete(o.known, m.Number)
		return nil
	}
	if err != nil {
		return fmt.Errorf("moving incident %d to %s: %w", k.id, m.To, err)
	}
	o.known[m.Number] = knownIncident{k.id, answer.JSON200.Version, answer.JSON200.State}
	if m.To == client.Closed {
		delete(o.known, m.Number)
	}
	o.stats.moves.Add(1)
	return nil
}
