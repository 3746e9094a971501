// Makes the golden table of packages/lang/src/glob with the Go libraries that Argo uses (gobwas/glob, path/filepath).
// Run with Debian's golang-go and golang-github-gobwas-glob-dev:
//   GO111MODULE=off GOPATH=/usr/share/gocode go run tools/oracles/glob/main.go > packages/lang/src/glob/testdata/golden.json
package main

import (
	"encoding/json"
	"math/rand"
	"os"
	"path/filepath"
	"strings"

	"github.com/gobwas/glob"
)

type row struct {
	Dialect    string   `json:"d"`
	Pattern    string   `json:"p"`
	Separators string   `json:"s,omitempty"`
	Error      string   `json:"e,omitempty"`
	Inputs     []string `json:"i,omitempty"`
	// One character an input: 1 matches, 0 does not, p: the library panicked.
	Matches string `json:"m,omitempty"`
}

func pick(r *rand.Rand, items []string) string { return items[r.Intn(len(items))] }

func random(r *rand.Rand, items []string, most int) string {
	out := ""
	for n := r.Intn(most + 1); n > 0; n-- {
		out += pick(r, items)
	}
	return out
}

// sample writes a text that has a fair chance to match the pattern.
func sample(r *rand.Rand, pattern string) string {
	out := ""
	for _, c := range pattern {
		switch c {
		case '*':
			out += random(r, []string{"a", "b", "/", ".", "ab"}, 3)
		case '?':
			out += pick(r, []string{"a", "b", "/", "é"})
		case '{', '}', '[', ']', '!', '\\', ',', '^':
			if r.Intn(6) == 0 {
				out += string(c)
			}
		default:
			if r.Intn(8) != 0 {
				out += string(c)
			}
		}
	}
	return out
}

func gobwas(r *rand.Rand, pattern, separators string, inputs []string) row {
	out := row{Dialect: "gobwas", Pattern: pattern, Separators: separators}
	g, err := glob.Compile(pattern, []rune(separators)...)
	if err != nil {
		out.Error = err.Error()
		return out
	}
	out.Inputs = inputs
	for _, input := range inputs {
		out.Matches += ask(g, input)
	}
	return out
}

// ask gives "p" where the library itself panics (it does, on some short texts with characters beyond ASCII).
func ask(g glob.Glob, input string) (answer string) {
	defer func() {
		if recover() != nil {
			answer = "p"
		}
	}()
	if g.Match(input) {
		return "1"
	}
	return "0"
}

func files(pattern string, inputs []string) row {
	out := row{Dialect: "filepath", Pattern: pattern, Inputs: inputs}
	for _, input := range inputs {
		hit, err := filepath.Match(pattern, input)
		if err != nil {
			return row{Dialect: "filepath", Pattern: pattern, Error: err.Error()}
		}
		if hit {
			out.Matches += "1"
		} else {
			out.Matches += "0"
		}
	}
	return out
}

func main() {
	r := rand.New(rand.NewSource(11))
	pieces := []string{"a", "b", "ab", "/", ".", "*", "*", "**", "?", "[ab]", "[!a]", "[a-c]", "[!b-c]", "{a,b}", "{a*,b}", "{ab,a/b,}", "{a,{b,c}d}", "\\*", "\\{", "é", "[/]", "[!/]", "{*,**}", "{?,a}", "-", "{a,*b}", "{,a}"}
	odd := []string{"[", "]", "{", "}", ",", "!", "-", "\\", "a", "b", "z", "*", "?", "^", "[]", "[!]", "[a-", "[z-a]", "[a-b-c]", "{{", "}}", "[[]", "[]]", "\\]", "é", "[é-ü]"}
	class := []string{"a", "b", "/", ".", "*", "?", "[ab]", "[^a]", "[a-c]", "[^b-c]", "\\*", "é", "[/]", "[^/]", "[\\]]", "[a\\-c]", "[é-ü]", "x", "-"}
	classOdd := []string{"[", "]", "^", "-", "\\", "a", "b", "*", "?", "[]", "[^]", "[a-", "[-a]", "[b-a]", "[a", "[]a]"}
	texts := []string{"a", "b", "c", "ab", "/", ".", "é", "/a", "*", "{", "-", "]"}
	rows := []row{}
	inputsFor := func(pattern string) []string {
		inputs := []string{}
		seen := map[string]bool{}
		for k := 0; k < 7; k++ {
			text := sample(r, pattern)
			if k > 4 {
				text = random(r, texts, 5)
			}
			if !seen[text] && len(text) < 40 {
				inputs = append(inputs, text)
				seen[text] = true
			}
		}
		return inputs
	}
	fixed := []string{"", "*", "**", "***", "****", "?", "{}", "{,}", "{a}", "a{", "a{b", "a{b,c", "}", ",", "a}", "a,b", "\\", "a\\", "[\\]]", "[\\-a]", "[!!]", "[!!a]", "[]", "[!]", "[a", "[a-", "[a-c", "[a-]", "[a-cd]", "[ab-d]", "[]a]", "[-a]", "[--a]", "https://github.com/*", "https://github.com/argoproj/**", "*.{yaml,yml}", "dev-*/*", "{dev,prod}-?", "a\x00b", "a\ufffdb", "[\ufffd]"}
	for _, p := range fixed {
		for _, s := range []string{"", "/", "/.", "a"} {
			rows = append(rows, gobwas(r, p, s, inputsFor(p)))
		}
		rows = append(rows, files(p, inputsFor(p)))
	}
	for i := 0; i < 5200; i++ {
		p := random(r, pieces, 7)
		if i%5 == 0 {
			p = random(r, append(odd, pieces...), 6)
		}
		rows = append(rows, gobwas(r, p, pick(r, []string{"", "", "/", "/", "/.", "."}), inputsFor(p)))
	}
	for i := 0; i < 2600; i++ {
		p := random(r, class, 6)
		if i%4 == 0 {
			p = random(r, append(classOdd, class...), 5)
		}
		rows = append(rows, files(p, inputsFor(p)))
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
	out.WriteString("\n]\n")
	os.Stdout.WriteString(out.String())
}
