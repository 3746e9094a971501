// Makes the golden table of packages/lang/src/when with the Go library that Argo uses.
// Run with Debian's golang-go and golang-github-knetic-govaluate-dev:
//   TZ=UTC GO111MODULE=off GOPATH=/usr/share/gocode go run tools/oracles/when/main.go > packages/lang/src/when/testdata/golden.json
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"os"
	"strings"

	"github.com/Knetic/govaluate"
)

type row struct {
	Source string      `json:"s"`
	Kind   string      `json:"k"`
	Value  interface{} `json:"v,omitempty"`
}

var parameters = map[string]interface{}{
	"n": 5.0, "m": -2.5, "zero": 0.0, "s": "abc", "t": "b", "empty": "", "yes": true, "no": false,
	"nothing": nil, "list": []interface{}{1.0, "abc", true}, "with space": 7.0, "a-b": 3.0, "big": 1e18, "digits": "42",
}

func show(value interface{}) interface{} {
	switch v := value.(type) {
	case float64:
		if math.IsNaN(v) {
			return "NaN"
		}
		if math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
		return v
	case []interface{}:
		out := []interface{}{}
		for _, item := range v {
			out = append(out, show(item))
		}
		return out
	}
	return value
}

// argo evaluates as Argo Workflows does: bare words become texts.
func argo(source string) (result row) {
	result.Source = source
	defer func() {
		if r := recover(); r != nil {
			result.Kind, result.Value = "panic", nil
		}
	}()
	expression, err := govaluate.NewEvaluableExpression(source)
	if err == nil {
		tokens := expression.Tokens()
		for i := range tokens {
			if tokens[i].Kind == govaluate.VARIABLE {
				tokens[i].Kind = govaluate.STRING
			}
		}
		expression, err = govaluate.NewEvaluableExpressionFromTokens(tokens)
	}
	if err != nil {
		result.Kind, result.Value = "compile", err.Error()
		return
	}
	value, err := expression.Evaluate(nil)
	if err != nil {
		result.Kind, result.Value = "run", err.Error()
		return
	}
	result.Kind, result.Value = "value", show(value)
	return
}

func run(source string) (result row) {
	result.Source = source
	defer func() {
		if r := recover(); r != nil {
			result.Kind, result.Value = "panic", nil
		}
	}()
	expression, err := govaluate.NewEvaluableExpression(source)
	if err != nil {
		result.Kind, result.Value = "compile", err.Error()
		return
	}
	value, err := expression.Evaluate(parameters)
	if err != nil {
		result.Kind, result.Value = "run", err.Error()
		return
	}
	result.Kind, result.Value = "value", show(value)
	return
}

var operands = []string{"n", "m", "zero", "s", "t", "empty", "yes", "no", "nothing", "list", "[with space]", "[a-b]", "big", "digits",
	"1", "2.5", "0", "0x1F", "3", ".5", "'abc'", "\"x y\"", "''", "'a\\'b'", "true", "false", "'2014-01-02'", "'2014-01-02 14:12:22'", "'42'",
	"-n", "!yes", "~n", "-1", "!false", "~0", "(1,2,3)", "('abc','b')", "(n)", "(1 + 2)", "missing", "heads"}
var operators = []string{"+", "-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>", "==", "!=", ">", "<", ">=", "<=", "=~", "!~", "in", "IN", "&&", "||", "??", "?", ":", ","}

func random(r *rand.Rand) string {
	parts := []string{}
	count := 1 + r.Intn(5)
	open := 0
	for i := 0; i < count; i++ {
		if i > 0 {
			parts = append(parts, operators[r.Intn(len(operators))])
		}
		if r.Intn(6) == 0 {
			parts = append(parts, "(")
			open++
		}
		parts = append(parts, operands[r.Intn(len(operands))])
		if open > 0 && r.Intn(3) == 0 {
			parts = append(parts, ")")
			open--
		}
	}
	for ; open > 0; open-- {
		parts = append(parts, ")")
	}
	if r.Intn(4) == 0 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts, " ")
}

var numeric = []string{"n", "m", "1", "2", "3", "0.5", "(1 + n)", "-2", "4"}
var arithmetic = []string{"+", "-", "*", "/", "%", "**", "&", "|", "^"}

func chain(r *rand.Rand) string {
	text := numeric[r.Intn(len(numeric))]
	for i := 0; i < 2+r.Intn(6); i++ {
		text += " " + arithmetic[r.Intn(len(arithmetic))] + " " + numeric[r.Intn(len(numeric))]
	}
	return text
}

var conditions = []string{"n > 3", "s == 'abc'", "yes", "!no", "t =~ '^b'", "n in (1,5)", "m < 0", "s != t", "(n > 3 && no)", "s > t", "zero == 0", "digits == '42'"}

func logical(r *rand.Rand) string {
	text := conditions[r.Intn(len(conditions))]
	for i := 0; i < 1+r.Intn(5); i++ {
		text += " " + []string{"&&", "||"}[r.Intn(2)] + " " + conditions[r.Intn(len(conditions))]
	}
	if r.Intn(4) == 0 {
		text += " ? 'then' : 'else'"
	}
	return text
}

func main() {
	sources := []string{}
	for _, a := range operands {
		sources = append(sources, a)
		for _, o := range operators {
			for _, b := range operands {
				if len(sources)%7 == 0 {
					sources = append(sources, a+" "+o+" "+b)
				} else {
					sources = append(sources, "")
				}
			}
		}
	}
	kept := []string{}
	for _, s := range sources {
		if s != "" {
			kept = append(kept, s)
		}
	}
	file, err := os.Open("packages/lang/src/when/testdata/cases.txt")
	if err != nil {
		panic(err)
	}
	start := len(kept)
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		kept = append(kept, lines.Text())
	}
	argoSources := append([]string{}, kept[start:]...)
	r := rand.New(rand.NewSource(1))
	for i := 0; i < 3500; i++ {
		kept = append(kept, random(r))
	}
	for i := 0; i < 1500; i++ {
		kept = append(kept, chain(r))
	}
	for i := 0; i < 700; i++ {
		kept = append(kept, logical(r))
	}
	seen := map[string]bool{}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprint(out, "{\"argo\":[")
	for i, s := range argoSources {
		encoded, err := json.Marshal(argo(s))
		if err != nil {
			panic(err)
		}
		if i > 0 {
			fmt.Fprint(out, ",\n")
		}
		out.Write(encoded)
	}
	fmt.Fprint(out, "],\n\"rows\":[")
	first := true
	for _, s := range kept {
		if seen[s] {
			continue
		}
		seen[s] = true
		encoded, err := json.Marshal(run(s))
		if err != nil {
			panic(err)
		}
		if !first {
			fmt.Fprint(out, ",\n")
		}
		first = false
		out.Write(encoded)
	}
	fmt.Fprintln(out, "]}")
}
