package geodata_test

import (
	"encoding/json"
	"testing"

	"wangge/geodata"
)

func TestFilesOpen(t *testing.T) {
	for name, open := range map[string]func() ([]byte, error){
		"areas": geodata.Areas, "buildings": geodata.Buildings, "facilities": geodata.Facilities, "streets": geodata.Streets,
	} {
		content, err := open()
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Type     string            `json:"type"`
			Features []json.RawMessage `json:"features"`
		}
		if err := json.Unmarshal(content, &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if file.Type != "FeatureCollection" || len(file.Features) < 500 {
			t.Errorf("%s: a %s of %d features", name, file.Type, len(file.Features))
		}
	}
}
