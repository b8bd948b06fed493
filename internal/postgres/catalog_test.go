package postgres_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"wangge/internal/catalog"
	"wangge/internal/postgres"
	"wangge/internal/testenv"
)

func TestCatalogIsSeededOnceAndKeepsWhatTheDistrictChanged(t *testing.T) {
	db := freshDB(t, testenv.Postgres(t))
	store := postgres.Catalog{DB: db}
	first, err := catalog.Open(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(catalog.Shipped(), first.Classes()); diff != "" {
		t.Errorf("a new database has other classes than those shipped (-shipped +stored):\n%s", diff)
	}
	if _, err := db.Pool.Exec(t.Context(), "UPDATE incident_class SET name = '散落垃圾' WHERE code = '06010'"); err != nil {
		t.Fatal(err)
	}
	second, err := catalog.Open(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := second.Class("06010"); !ok || c.Name != "散落垃圾" || c.NameEN != "Exposed rubbish" {
		t.Errorf("the renamed class is %+v", c)
	}
	if len(second.Classes()) != len(catalog.Shipped()) {
		t.Errorf("%d classes after a second start", len(second.Classes()))
	}
}
