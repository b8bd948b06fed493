package httpapi

import (
	"bytes"
	_ "embed" // for the document
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
	"gopkg.in/yaml.v3"
)

//go:embed openapi.yaml
var openapiYAML []byte

//go:embed docs.html
var docsTemplate string

// GetOpenAPI handles GET /api/v1/openapi.yaml.
func (h *handlers) GetOpenAPI(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", openapiYAML)
}

// GetDocs handles GET /api/v1/docs.
func (h *handlers) GetDocs(c echo.Context) error { return c.HTMLBlob(http.StatusOK, h.docs) }

// docOperation is one operation as the page shows it.
type docOperation struct {
	Method, Path, Summary, Text, Right string
	Inputs                             []docInput
	Body                               []docField
	Answers                            []docAnswer
}

type docInput struct {
	Name, In, Type, Text string
	Required             bool
}

type docField struct {
	Name, Type, Text string
	Required         bool
}

type docAnswer struct{ Status, Type, Text string }

// docGroup is what belongs together: the operations of a tag, or one schema.
type docGroup struct {
	Name, Text string
	Operations []docOperation
	Fields     []docField
	Example    string
}

// renderDocs writes the document as one page without scripts and without anything from elsewhere.
func renderDocs() ([]byte, error) {
	document, err := loadDocument()
	if err != nil {
		return nil, err
	}
	page, err := template.New("docs").Funcs(template.FuncMap{"prose": prose}).Parse(docsTemplate)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = page.Execute(&out, map[string]any{
		"Title": document.Info.Title, "Version": document.Info.Version, "Text": document.Info.Description,
		"Groups": groups(document), "Schemas": schemas(document),
	})
	return out.Bytes(), err
}

func groups(document *openapi3.T) []docGroup {
	var all []docGroup
	for _, tag := range document.Tags {
		group := docGroup{Name: tag.Name, Text: tag.Description}
		for _, path := range document.Paths.InMatchingOrder() {
			operations := document.Paths.Value(path).Operations()
			for _, method := range sortedKeys(operations) {
				if slices.Contains(operations[method].Tags, tag.Name) {
					group.Operations = append(group.Operations, describe(method, path, operations[method]))
				}
			}
		}
		slices.SortFunc(group.Operations, func(a, b docOperation) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
		all = append(all, group)
	}
	return all
}

func describe(method, path string, o *openapi3.Operation) docOperation {
	d := docOperation{Method: method, Path: path, Summary: o.Summary, Text: o.Description, Right: fmt.Sprint(o.Extensions["x-right"])}
	for _, p := range o.Parameters {
		d.Inputs = append(d.Inputs, docInput{p.Value.Name, p.Value.In, typeName(p.Value.Schema), p.Value.Description, p.Value.Required})
	}
	if o.RequestBody != nil {
		if media := o.RequestBody.Value.Content.Get("application/json"); media != nil {
			d.Body = []docField{{Name: "body", Type: typeName(media.Schema), Required: o.RequestBody.Value.Required}}
		}
	}
	for _, status := range sortedKeys(o.Responses.Map()) {
		response := o.Responses.Value(status).Value
		answer := docAnswer{Status: status}
		if response.Description != nil {
			answer.Text = *response.Description
		}
		for _, media := range response.Content {
			answer.Type = typeName(media.Schema)
		}
		d.Answers = append(d.Answers, answer)
	}
	return d
}

func schemas(document *openapi3.T) []docGroup {
	var all []docGroup
	for _, name := range sortedKeys(document.Components.Schemas) {
		schema := document.Components.Schemas[name].Value
		group := docGroup{Name: name, Text: schema.Description}
		if len(schema.Properties) == 0 {
			group.Text = strings.TrimSpace(typeName(&openapi3.SchemaRef{Value: schema}) + ". " + group.Text)
		}
		for _, property := range sortedKeys(schema.Properties) {
			ref := schema.Properties[property]
			group.Fields = append(group.Fields, docField{property, typeName(ref), ref.Value.Description, slices.Contains(schema.Required, property)})
		}
		if schema.Example != nil {
			if text, err := yaml.Marshal(schema.Example); err == nil {
				group.Example = string(text)
			}
		}
		all = append(all, group)
	}
	return all
}

// typeName says in a few words what a schema allows.
func typeName(ref *openapi3.SchemaRef) string {
	switch {
	case ref == nil || ref.Value == nil:
		return ""
	case ref.Ref != "":
		return ref.Ref[strings.LastIndex(ref.Ref, "/")+1:]
	case len(ref.Value.Enum) > 0:
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(ref.Value.Enum), " ", " | "), "[]")
	case ref.Value.Type.Is("array"):
		return "list of " + typeName(ref.Value.Items)
	case ref.Value.Type == nil:
		return "anything"
	case ref.Value.Format != "":
		return strings.Join(ref.Value.Type.Slice(), " or ") + " (" + ref.Value.Format + ")"
	default:
		return strings.Join(ref.Value.Type.Slice(), " or ")
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// prose turns the little Markdown of the document's descriptions into HTML: paragraphs, **strong** and `code`.
func prose(text string) template.HTML {
	var out strings.Builder
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		escaped := template.HTMLEscapeString(paragraph)
		out.WriteString("<p>" + pairs(pairs(escaped, "**", "strong"), "`", "code") + "</p>")
	}
	return template.HTML(out.String()) //nolint:gosec // escaped above; the document is our own
}

// pairs puts every text between two marks into an element.
func pairs(text, mark, element string) string {
	parts := strings.Split(text, mark)
	var out strings.Builder
	for i, part := range parts {
		switch {
		case i%2 == 0:
			out.WriteString(part)
		case i == len(parts)-1: // a mark without its fellow
			out.WriteString(mark + part)
		default:
			out.WriteString("<" + element + ">" + part + "</" + element + ">")
		}
	}
	return out.String()
}
