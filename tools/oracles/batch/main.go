// Answers lines of `argosy eval --batch` with the Go libraries: {"id","lang","source","vars"} in, {"id","value"} or
// {"id","error"} out. It judged the rows of packages/lang/src/evaluate/testdata/originals.json for expr, glob, gotemplate,
// lua, semver, cron and when; gojq 0.12 and jsonnet 0.18 judged those of jq and jsonnet. Run with Debian's golang-go and
// its packages of govaluate, semver, sprig, expr, gobwas-glob, robfig-cron and gopher-lua:
//
//	TZ=UTC GO111MODULE=off GOPATH=/usr/share/gocode go run tools/oracles/batch/main.go < requests.jsonl
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"text/template"
	"time"

	"github.com/Knetic/govaluate"
	"github.com/Masterminds/semver"
	"github.com/Masterminds/sprig"
	"github.com/antonmedv/expr"
	"github.com/gobwas/glob"
	"github.com/robfig/cron"
	lua "github.com/yuin/gopher-lua"
)

type req struct {
	ID     interface{}     `json:"id"`
	Lang   string          `json:"lang"`
	Source string          `json:"source"`
	Vars   json.RawMessage `json:"vars"`
}

func ints(v interface{}) interface{} {
	switch x := v.(type) {
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 9e18 {
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

func toLua(L *lua.LState, v interface{}) lua.LValue {
	switch x := v.(type) {
	case bool:
		return lua.LBool(x)
	case float64:
		return lua.LNumber(x)
	case string:
		return lua.LString(x)
	case []interface{}:
		t := L.CreateTable(len(x), 0)
		for _, e := range x {
			t.Append(toLua(L, e))
		}
		return t
	case map[string]interface{}:
		t := L.CreateTable(0, len(x))
		for k, e := range x {
			t.RawSetH(lua.LString(k), toLua(L, e))
		}
		return t
	}
	return lua.LNil
}

func run(r req) (value interface{}, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	var vars interface{}
	json.Unmarshal(r.Vars, &vars)
	m, _ := vars.(map[string]interface{})
	switch r.Lang {
	case "gotemplate":
		t, err := template.New("template").Funcs(sprig.TxtFuncMap()).Parse(r.Source)
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		if err := t.Execute(&out, ints(vars)); err != nil {
			return nil, err
		}
		return out.String(), nil
	case "when":
		e, err := govaluate.NewEvaluableExpression(r.Source)
		if err != nil {
			return nil, err
		}
		v, err := e.Evaluate(m)
		return v, err
	case "expr":
		env := ints(vars)
		p, err := expr.Compile(r.Source, expr.Env(env))
		if err != nil {
			return nil, err
		}
		return expr.Run(p, env)
	case "semver":
		c, err := semver.NewConstraint(r.Source)
		if err != nil {
			return nil, err
		}
		out := []string{}
		for _, t := range m["versions"].([]interface{}) {
			v, err := semver.NewVersion(t.(string))
			if err == nil && c.Check(v) {
				out = append(out, t.(string))
			}
		}
		return out, nil
	case "glob":
		seps := []rune{}
		if s, ok := m["separators"].(string); ok {
			seps = []rune(s)
		}
		if l, ok := m["separators"].([]interface{}); ok {
			for _, s := range l {
				seps = append(seps, []rune(s.(string))...)
			}
		}
		g, err := glob.Compile(r.Source, seps...)
		if err != nil {
			return nil, err
		}
		out := []bool{}
		for _, t := range m["inputs"].([]interface{}) {
			out = append(out, g.Match(t.(string)))
		}
		return out, nil
	case "cron":
		s, err := cron.ParseStandard(r.Source)
		if err != nil {
			return nil, err
		}
		t, err := time.Parse(time.RFC3339, m["from"].(string))
		if err != nil {
			return nil, err
		}
		out := []string{}
		for i := 0; i < int(m["count"].(float64)); i++ {
			t = s.Next(t)
			if t.IsZero() {
				break
			}
			out = append(out, t.UTC().Format(time.RFC3339))
		}
		return out, nil
	case "lua":
		L := lua.NewState()
		defer L.Close()
		L.SetGlobal("obj", toLua(L, m["obj"]))
		if err := L.DoString(r.Source); err != nil {
			return nil, err
		}
		res := L.Get(-1)
		t, ok := res.(*lua.LTable)
		if !ok {
			if res == lua.LNil {
				return map[string]interface{}{}, nil
			}
			return nil, fmt.Errorf("expect table output from Lua script, not %s", res.Type())
		}
		out := map[string]interface{}{}
		for _, k := range []string{"status", "message"} {
			v := L.GetField(t, k)
			if v != lua.LNil {
				out[k] = v.String()
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("no oracle")
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	for in.Scan() {
		var r req
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			panic(err)
		}
		v, err := run(r)
		if err != nil {
			enc.Encode(map[string]interface{}{"id": r.ID, "error": err.Error()})
			continue
		}
		if e := enc.Encode(map[string]interface{}{"id": r.ID, "value": v}); e != nil {
			enc.Encode(map[string]interface{}{"id": r.ID, "value": fmt.Sprint(v)})
		}
	}
}
