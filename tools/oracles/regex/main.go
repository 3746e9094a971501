// Makes the golden table of packages/lang/src/regex with Go's own regexp package. Run with Debian's golang-go:
//   go run tools/oracles/regex/main.go > packages/lang/src/regex/testdata/golden.json
package main

import (
	"encoding/json"
	"math/rand"
	"os"
	"regexp"
	"strings"
)

type row struct {
	Pattern  string     `json:"p"`
	Error    string     `json:"e,omitempty"`
	Text     string     `json:"t,omitempty"`
	All      [][]string `json:"all,omitempty"`
	Template string     `json:"r,omitempty"`
	Replaced string     `json:"out,omitempty"`
	Literal  string     `json:"lit,omitempty"`
	Split    []string   `json:"split,omitempty"`
	Limited  []string   `json:"split2,omitempty"`
}

func main() {
	r := rand.New(rand.NewSource(5))
	pieces := []string{"a", "b", "ab", ".", "\\d", "\\w+", "[a-c]", "[^a]", "(a)", "(?:b|c)", "(?P<x>a|b)", "a*", "b+", "a?", "^", "$", "\\b", "\\s", "(a|b)*", "a{2}", "b{1,2}", "(?i:A)", "é", "\\.", "|", ".*?", "[[:alpha:]]", "\\pL", "(?s).", "\\x61", "\\Qa.b\\E", "()", "(a*)*"}
	broken := []string{"(", ")", "[", "a**", "*", "+", "?", "a{2,1}", "a{1001}", "(?P<x", "(?P<1>a)", "(?<", "\\", "[b-a]", "[[:no:]]", "\\pX", "(?z)", "x{2}{3}", "(?P<n>a)(?P<n>b)", "\\8", "(?=a)", "(a{1000}){1000}", "\\Qa", "[a", "a{,2}", "(?i", "\\c", "[]a]", "[^]", "((((", "(?:", "\\u0041"}
	texts := []string{"", "a", "b", "ab", "aab", "abcabc", "a.b", "xayb", "Aé1 b", "a b  c", "bbb", "aaaa", "é", "a\nb", "12 ab_3", "🙂a🙂"}
	templates := []string{"X", "$1", "${1}y", "$x", "$1x", "$$", "[$0]", "${x}-$2", "$", "a$", "${", "$-", "${1", "$10"}
	rows := []row{}
	add := func(p string) {
		re, err := regexp.Compile(p)
		if err != nil {
			rows = append(rows, row{Pattern: p, Error: err.Error()})
			return
		}
		for k := 0; k < 3; k++ {
			t, tpl := texts[r.Intn(len(texts))], templates[r.Intn(len(templates))]
			rows = append(rows, row{Pattern: p, Text: t, All: re.FindAllStringSubmatch(t, -1), Template: tpl, Replaced: re.ReplaceAllString(t, tpl), Literal: re.ReplaceAllLiteralString(t, tpl), Split: re.Split(t, -1), Limited: re.Split(t, 2)})
		}
	}
	for _, p := range append(broken, "", "a||b") {
		add(p)
	}
	for i := 0; i < 1100; i++ {
		p := ""
		for n := 1 + r.Intn(4); n > 0; n-- {
			p += pieces[r.Intn(len(pieces))]
		}
		if i%8 == 0 {
			p += broken[r.Intn(len(broken))]
		}
		add(p)
	}
	var out strings.Builder
	out.WriteString("[\n")
	for i, item := range rows {
		text, _ := json.Marshal(item)
		if i > 0 {
			out.WriteString(",\n")
		}
		out.Write(text)
	}
	os.Stdout.WriteString(out.String() + "\n]\n")
}
