package incident

import (
	"time"

	"wangge/internal/area"
)

// View is an incident as the world sees it: in answers, in lists, and as the data of events. It is the schema Incident of openapi.yaml.
type View struct {
	ID           int64      `json:"id"`
	Code         string     `json:"code"`
	Class        string     `json:"class"`
	Severity     Severity   `json:"severity"`
	State        State      `json:"state"`
	Text         string     `json:"text"`
	Address      string     `json:"address"`
	Lon          float64    `json:"lon"`
	Lat          float64    `json:"lat"`
	Area         string     `json:"area"`
	OutsideGrids bool       `json:"outside_grids"`
	Source       Source     `json:"source"`
	ReportedBy   string     `json:"reported_by"`
	ReportedAt   time.Time  `json:"reported_at"`
	ClosedAt     *time.Time `json:"closed_at,omitempty"`
	Version      int64      `json:"version"`
}

// View shows the incident to the world. Times are UTC.
func (i Incident) View() View {
	v := View{
		ID: i.ID, Code: i.Code, Class: i.Class, Severity: i.Severity, State: i.State, Text: i.Text, Address: i.Address,
		Lon: i.Lon, Lat: i.Lat, Area: i.Area, OutsideGrids: len(i.Area) != area.CodeLength[area.Grid], Source: i.Source,
		ReportedBy: i.ReportedBy, ReportedAt: i.ReportedAt.UTC(), Version: i.Version,
	}
	if !i.ClosedAt.IsZero() {
		closed := i.ClosedAt.UTC()
		v.ClosedAt = &closed
	}
	return v
}
