// Makes the golden table of packages/lang/src/gotemplate: Go's text/template with Masterminds/sprig v3.
// Run with Debian's golang-go and golang-github-masterminds-sprig-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run tools/oracles/gotemplate/*.go > packages/lang/src/gotemplate/testdata/golden.json
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"os"
	"regexp"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig"
)

type row struct {
	Template string `json:"t"`
	Data     int    `json:"d"`
	Missing  string `json:"m,omitempty"`
	Output   string `json:"o"`
	Error    string `json:"e,omitempty"`
}

var data = []string{
	`{"name":"argo","n":3,"zero":0,"neg":-7,"f":1.5,"big":1234567,"t":true,"no":false,"nil":null,"empty":"","list":["a","b","c"],"nums":[3,1,2],"mixed":[1,"x",true,null,2.5,[1],{"k":1}],"map":{"b":2,"a":1,"c":{"d":"deep"}},"users":[{"name":"ann","age":30,"tags":["x","y"]},{"name":"bob","age":25,"tags":[]}],"el":[],"em":{},"uni":"héllo wörld ☃","multi":"line one\nline two\n\nlast","html":"<a href=\"x\">O'Reilly & co</a>","labels":{"app.kubernetes.io/name":"web","tier":"front"}}`,
	`{"Values":{"image":{"repository":"nginx","tag":"1.25","pullPolicy":null},"replicas":2,"port":8080,"ratio":0.25,"env":[{"name":"A","value":"1"},{"name":"B","value":2}],"nodeSelector":{},"tolerations":[],"big":1e21,"small":1e-7,"million":1000000,"id":123456789},"Release":{"Name":"rel","Namespace":"ns","Revision":1,"IsInstall":true},"Chart":{"Name":"chart","Version":"1.2.3"}}`,
}

func ints(v interface{}) interface{} {
	switch x := v.(type) {
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 9e18 {
			return int(x)
		}
		return x
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

func load(i int) interface{} {
	var v interface{}
	if err := json.Unmarshal([]byte(data[i]), &v); err != nil {
		panic(err)
	}
	if i == 0 { // the second document keeps float64, as Helm's values do
		v = ints(v)
	}
	return v
}

var cyclic = regexp.MustCompile(`set \.map \S+ (\.map|\.\W)`)

// Rows that show the time of the run, and rows where a newer Go or mergo differs on purpose (see the tests against Helm).
var today = regexp.MustCompile(`\b2026\b|\b26 1|v 26`)
var newer = regexp.MustCompile(`camelcase|mergeOverwrite \(dict ("b" \(dict "y" 2\) "a" \(list 3\)|"a" 1 "b" "x")\) \(dict "a" \((dict "b"|list 1 2)|\(\?<n>|ustDateModify .multi`)
var address = regexp.MustCompile(`0x[0-9a-f]{6,}|goroutine`)

func eval(t string, d int, missing string) (r row, keep bool) {
	r = row{Template: t, Data: d, Missing: missing}
	defer func() {
		if e := recover(); e != nil {
			keep = false
		}
	}()
	tm := template.New("t").Funcs(sprig.TxtFuncMap())
	if missing != "" {
		tm = tm.Option("missingkey=" + missing)
	}
	tm, err := tm.Parse(t)
	if err != nil {
		r.Error = err.Error()
		return r, true
	}
	var b bytes.Buffer
	done := make(chan bool, 1)
	go func() {
		defer func() { recover(); done <- true }()
		err = tm.Execute(&b, load(d))
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Second):
		return r, false
	}
	if err != nil {
		r.Error = err.Error()
	} else {
		r.Output = b.String()
	}
	return r, !address.MatchString(r.Output+r.Error) && !today.MatchString(r.Output) && len(r.Output) < 2000 && strings.ToValidUTF8(r.Output, "?") == r.Output
}

func main() {
	time.Local = time.UTC
	rows := []row{}
	seen := map[string]bool{}
	add := func(t string, d int, missing string) {
		k := fmt.Sprint(t, "\x00", d, missing)
		if seen[k] {
			return
		}
		seen[k] = true
		if cyclic.MatchString(t) || newer.MatchString(t) { // a map inside itself: Go's printer never ends
			return
		}
		if r, ok := eval(t, d, missing); ok {
			rows = append(rows, r)
		}
	}
	for _, t := range fixed {
		add(t, 0, "")
	}
	for _, t := range helmish {
		add(t, 1, "")
	}
	for _, t := range missingRows {
		for _, m := range []string{"", "zero", "error"} {
			add(t, 0, m)
		}
	}
	r := rand.New(rand.NewSource(11))
	pick := func(l []string) string { return l[r.Intn(len(l))] }
	// every function with arguments from the pool
	for _, f := range functions {
		name, arity := f.name, f.arity
		for i := 0; i < f.rows; i++ {
			args := []string{}
			for a := 0; a < arity; a++ {
				pool := values
				if a < len(f.pools) && f.pools[a] != nil && r.Intn(12) != 0 {
					pool = f.pools[a]
				}
				args = append(args, pick(pool))
			}
			show := pick([]string{" | toJson", "", "", " | printf \"%v\"", " | quote", " | printf \"%T %#v\""})
			add("{{ "+name+" "+strings.Join(args, " ")+show+" }}", 0, "")
		}
	}
	// printf: verbs, flags and values
	verbs := []string{"v", "d", "s", "q", "x", "X", "f", "e", "g", "G", "E", "t", "c", "U", "b", "o", "O", "T", "F"}
	flags := []string{"", "", "", "+", "-", "#", " ", "0", "+0", "-0", "# "}
	widths := []string{"", "", "", "5", "12", "08", ".2", ".0", "10.3", ".10", "1.1", "20.15", "3."}
	for i := 0; i < 1500; i++ {
		add("{{ printf \"[%"+pick(flags)+pick(widths)+pick(verbs)+"]\" "+pick(printable)+" }}", 0, "")
	}
	for _, f := range formats {
		add("{{ printf "+f+" }}", 0, "")
	}
	// random templates from pieces: mostly wrong ones
	for i := 0; i < 1600; i++ {
		n := 1 + r.Intn(6)
		parts := []string{}
		for k := 0; k < n; k++ {
			parts = append(parts, pick(pieces))
		}
		add(strings.Join(parts, pick([]string{"", " ", "\n"})), 0, "")
	}
	for i := 0; i < 1200; i++ {
		n := 1 + r.Intn(5)
		parts := []string{}
		for k := 0; k < n; k++ {
			parts = append(parts, pick(tokens))
		}
		add("a {{"+pick([]string{"", "", " ", "- "})+strings.Join(parts, pick([]string{"", " "}))+pick([]string{"", "", " ", " -"})+"}} b", 0, "")
	}
	for _, c := range []string{"eq", "ne", "lt", "le", "gt", "ge", "and", "or"} {
		for i := 0; i < 70; i++ {
			add("{{ "+c+" "+pick(values)+" "+pick(values)+" }}", 0, "")
		}
	}
	for _, l := range layouts {
		for _, s := range []string{"0", "1700000000", "-62135596801", "951782400", "4102444799"} {
			add("{{ dateInZone "+fmt.Sprintf("%q", l)+" (int64 "+s+") "+pick([]string{`"UTC"`, `"Nowhere/Land"`, `""`})+" }}", 0, "")
		}
		if l != "" {
			add("{{ (mustToDate "+fmt.Sprintf("%q", l)+" (dateInZone "+fmt.Sprintf("%q", l)+" 1700001234 \"UTC\")) }}", 0, "")
		}
	}
	for _, p := range parses {
		add("{{ mustToDate "+p+" }}", 0, "")
		add("{{ toDate "+p+" }}", 0, "")
	}
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	docs := []json.RawMessage{}
	for _, d := range data {
		docs = append(docs, json.RawMessage(d))
	}
	fmt.Print("{\"data\":")
	e.Encode(docs)
	fmt.Println(",\"rows\":[")
	for i, r := range rows {
		if i > 0 {
			fmt.Print(",")
		}
		e.Encode(r)
	}
	fmt.Println("]}")
}
