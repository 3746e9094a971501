// Makes the table of what expr's language core does: expressions with their values, by antonmedv/expr 1.8.9, the
// ancestor of the version that we follow. Only what both share is asked for; where they differ, the test says why.
// Run with Debian's golang-go and golang-github-antonmedv-expr-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run tools/oracles/expr/language/*.go > packages/lang/src/expr/testdata/language.txt
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"github.com/antonmedv/expr"
)

const environment = `{"i":3,"n":-7,"z":0,"f":2.5,"g":-0.5,"s":"abc","t":"b","e":"","b":true,"c":false,"nul":null,"l":[1,2,3],"w":["a","b","abc"],"m":[1,2.5,"x",null,true,[1],{"k":1}],"o":{"a":1,"b":"x","c":[1,2],"d":{"e":5},"n":null},"us":[{"name":"ann","age":30,"ok":true,"tags":["x","y"]},{"name":"bob","age":25,"ok":false,"tags":[]},{"name":"cy","age":41.5,"ok":true,"tags":["x"]}],"el":[],"eo":{}}`

// Whole numbers of the environment are ints.
func ints(v interface{}) interface{} {
	switch x := v.(type) {
	case float64:
		if x == math.Trunc(x) {
			return int(x)
		}
	case []interface{}:
		for i := range x {
			x[i] = ints(x[i])
		}
	case map[string]interface{}:
		for k := range x {
			x[k] = ints(x[k])
		}
	}
	return v
}

func quoted(s string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.Encode(s)
	return strings.TrimSpace(b.String())
}

// A value with its kind: floats end with f, so that 1 and 1.0 are apart.
func show(v interface{}) string {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Invalid:
		return "nil"
	case reflect.Bool:
		return strconv.FormatBool(r.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(r.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(r.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(r.Float(), 'g', -1, 64) + "f"
	case reflect.String:
		return quoted(r.String())
	case reflect.Slice, reflect.Array:
		parts := []string{}
		for i := 0; i < r.Len(); i++ {
			parts = append(parts, show(r.Index(i).Interface()))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case reflect.Map:
		parts := []string{}
		for _, k := range r.MapKeys() {
			parts = append(parts, quoted(fmt.Sprint(k.Interface()))+":"+show(r.MapIndex(k).Interface()))
		}
		sort.Strings(parts)
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "?" + r.Kind().String()
}

// The value, or !c when the expression is refused before it runs, !r when it fails while it runs.
func evaluate(source string, env interface{}) (outcome string) {
	defer func() {
		if recover() != nil {
			outcome = "!r"
		}
	}()
	// Without the optimizer: its rewriting of constants has faults of its own, long since gone.
	program, err := expr.Compile(source, expr.Env(env), expr.Optimize(false))
	if err != nil {
		return "!c"
	}
	value, err := expr.Run(program, env)
	if err != nil {
		return "!r"
	}
	return show(value)
}

func main() {
	var env interface{}
	if err := json.Unmarshal([]byte(environment), &env); err != nil {
		panic(err)
	}
	env = ints(env)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintln(out, environment)
	seen := map[string]bool{}
	refused := 0
	add := func(source string) {
		if seen[source] || strings.ContainsAny(source, "\t\n") {
			return
		}
		seen[source] = true
		outcome := evaluate(source, env)
		// Three of four expressions that are refused before they run add nothing but size, once every form is there.
		if outcome == "!c" && len(seen) > len(wholes) {
			if refused++; refused%4 != 0 {
				return
			}
		}
		fmt.Fprintf(out, "%s\t%s\n", source, outcome)
	}
	systematic(add)
	random(rand.New(rand.NewSource(17)), add)
}
