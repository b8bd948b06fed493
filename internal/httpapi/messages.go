package httpapi

import (
	"embed"
	"fmt"
	"reflect"
	"strings"

	"golang.org/x/text/language"
	"gopkg.in/yaml.v3"

	"wangge/internal/fault"
)

//go:embed messages.zh-CN.yaml messages.en.yaml
var messageFiles embed.FS

// sentences are everything this interface says in one language.
type sentences struct {
	Titles   map[string]string `yaml:"titles"`   // by kind of fault
	Problems map[string]string `yaml:"problems"` // by code; {name} stands for a parameter
	Fields   map[string]string `yaml:"fields"`   // by a field's code
	Words    map[string]string `yaml:"words"`    // for values that stand in parameters
	Columns  map[string]string `yaml:"columns"`  // titles of tables, by "kind.column"
	Notes    map[string]string `yaml:"notes"`    // what belongs into a table's column, likewise
	And      string            `yaml:"and"`      // between the items of a list
	tag      string
}

// texts are the languages, the one for readers who ask for none first.
type texts struct {
	languages []*sentences
	matcher   language.Matcher
}

// languageTags in the order of preference: most readers here read Chinese.
var languageTags = []string{"zh-CN", "en"}

func loadTexts() (*texts, error) {
	t := &texts{}
	var tags []language.Tag
	for _, tag := range languageTags {
		raw, err := messageFiles.ReadFile("messages." + tag + ".yaml")
		if err != nil {
			return nil, err
		}
		l := &sentences{tag: tag}
		if err := yaml.Unmarshal(raw, l); err != nil {
			return nil, fmt.Errorf("messages.%s.yaml: %w", tag, err)
		}
		t.languages = append(t.languages, l)
		tags = append(tags, language.MustParse(tag))
	}
	t.matcher = language.NewMatcher(tags)
	return t, nil
}

// choose finds the language that suits an Accept-Language header best.
func (t *texts) choose(accept string) *sentences {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return t.languages[0]
	}
	_, i, _ := t.matcher.Match(tags...)
	return t.languages[i]
}

func (s *sentences) problem(f *fault.Error) string {
	text, ok := s.Problems[f.Code]
	if !ok {
		text = f.Text
	}
	if !strings.Contains(text, "{") {
		return text
	}
	var pairs []string
	for name, value := range f.Params {
		pairs = append(pairs, "{"+name+"}", s.word(value))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// word puts a parameter into words: known values by their name in this language, lists joined.
func (s *sentences) word(value any) string {
	if v := reflect.ValueOf(value); v.Kind() == reflect.Slice {
		words := make([]string, v.Len())
		for i := range words {
			words[i] = s.word(v.Index(i).Interface())
		}
		if len(words) == 0 {
			return s.Words["none"]
		}
		return strings.Join(words, s.And)
	}
	text := fmt.Sprint(value)
	if word, ok := s.Words[text]; ok {
		return word
	}
	return text
}

func (s *sentences) field(f fault.Field) string {
	if text, ok := s.Fields[f.Code]; ok {
		return text
	}
	return f.Text
}
