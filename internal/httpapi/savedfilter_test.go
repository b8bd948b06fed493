package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/savedfilter"
)

func TestSavedFiltersAreOnesOwn(t *testing.T) {
	w := startTown(t)
	operator, dispatcher := w.as(identity.Operator), w.as(identity.Dispatcher)
	const path = "/api/v1/me/filters"
	urgent := api.SaveFilter{Name: " 紧急 ", Filter: "severity:urgent"}
	operator.send("PUT", path, urgent).ok(http.StatusOK)
	operator.send("PUT", path, api.SaveFilter{Name: "紧急", Filter: "severity:urgent+critical"}).ok(http.StatusOK)
	items := list[api.SavedFilterList](operator, path).Items
	if len(items) != 1 || items[0].Name != "紧急" || items[0].Filter != "severity:urgent+critical" {
		t.Errorf("kept are %+v", items)
	}
	if others := list[api.SavedFilterList](dispatcher, path).Items; len(others) != 0 {
		t.Errorf("another sees %+v", others)
	}
	dispatcher.send("DELETE", path+query("name", "紧急"), nil).problem(http.StatusNotFound, "filter.missing")
	operator.send("DELETE", path+query("name", "紧急"), nil).ok(http.StatusNoContent)
	if items := list[api.SavedFilterList](operator, path).Items; len(items) != 0 {
		t.Errorf("left are %+v", items)
	}
}

func TestSavedFiltersAreBounded(t *testing.T) {
	w := startTown(t)
	c := w.as(identity.Operator)
	const path = "/api/v1/me/filters"
	for i := range savedfilter.MaxKept {
		c.send("PUT", path, api.SaveFilter{Name: fmt.Sprint("第", i), Filter: "mine"}).ok(http.StatusOK)
	}
	c.send("PUT", path, api.SaveFilter{Name: "再一个", Filter: "mine"}).problem(http.StatusConflict, "filter.too_many")
	c.send("PUT", path, api.SaveFilter{Name: "第0", Filter: "age:1h"}).ok(http.StatusOK)
	c.send("PUT", path, api.SaveFilter{Name: "   ", Filter: "mine"}).problem(http.StatusBadRequest, "filter.invalid")
	c.send("PUT", path, api.SaveFilter{Name: strings.Repeat("长", 41), Filter: "mine"}).problem(http.StatusBadRequest, "request.invalid")
}
