package area

import (
	"fmt"

	"github.com/paulmach/orb"

	"wangge/internal/fault"
	"wangge/internal/geo"
)

// maxFields is how many problems are told one by one; the rest are counted.
const maxFields = 50

// Report collects what is wrong with an import: errors, which stop it, and warnings, which do not.
type Report struct {
	errors, warnings problems
}

// problems keeps the first ones and the number of all.
type problems struct {
	fields []fault.Field
	count  int
}

func (p *problems) add(f fault.Field) {
	if p.count++; p.count <= maxFields {
		p.fields = append(p.fields, f)
	}
}

// all is what was kept, with one more to tell how many were not.
func (p *problems) all() []fault.Field {
	if p.count <= maxFields {
		return p.fields
	}
	more := fmt.Sprintf("and %d more", p.count-maxFields)
	return append(p.fields[:maxFields:maxFields], fault.Field{Name: "…", Code: "more", Text: more})
}

// Error notes a problem that stops the import. Ref is where the thing was read, who names it for people ("grid 3714… 第1网格").
func (r *Report) Error(ref, code, who, text string) {
	r.errors.add(fault.Field{Name: ref, Code: code, Text: join(who, text)})
}

// ErrorAt is Error for a problem that has a place.
func (r *Report) ErrorAt(ref, code, who, text string, at orb.Point) {
	r.Error(ref, code, who, text+" at "+geo.Place(at))
}

// Warn notes a problem that does not stop the import.
func (r *Report) Warn(ref, code, who, text string) {
	r.warnings.add(fault.Field{Name: ref, Code: code, Text: join(who, text)})
}

func join(who, text string) string {
	if who == "" {
		return text
	}
	return who + ": " + text
}

// Failed tells whether there was an error.
func (r *Report) Failed() bool { return r.errors.count > 0 }

// Warnings are at most 50 warnings, and one more field that counts the rest.
func (r *Report) Warnings() []fault.Field { return r.warnings.all() }

// Fault is the refusal that names every error, at most 50 and a count of the rest; nil when there is none.
func (r *Report) Fault() error {
	if !r.Failed() {
		return nil
	}
	e := fault.New(fault.Invalid, "area.import", fmt.Sprintf("nothing was imported: %s", number(r.errors.count, "problem")), "problems", r.errors.count)
	e.Fields = r.errors.all()
	return e
}

func number(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
