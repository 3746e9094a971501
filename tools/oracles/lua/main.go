// Runs Lua programs with gopher-lua: a JSON list of sources on standard input, a JSON list of outputs on standard output.
// Needs Debian's golang-go and golang-github-yuin-gopher-lua-dev:
//   GO111MODULE=off GOPATH=/usr/share/gocode go build -o gopher-lua tools/oracles/lua/main.go
package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

func run(source string) (output string) {
	var lines []string
	defer func() {
		if recover() != nil {
			output = "panic"
		}
	}()
	state := lua.NewState()
	defer state.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("print", state.NewFunction(func(l *lua.LState) int {
		parts := []string{}
		for i := 1; i <= l.GetTop(); i++ {
			parts = append(parts, l.ToStringMeta(l.Get(i)).String())
		}
		lines = append(lines, strings.Join(parts, "\t"))
		return 0
	}))
	if fn, err := state.LoadString(source); err != nil {
		lines = append(lines, "compile error")
	} else {
		state.Push(fn)
		if err := state.PCall(0, lua.MultRet, nil); err != nil {
			text := err.Error()
			if apiError, ok := err.(*lua.ApiError); ok {
				text = apiError.Object.String()
			}
			lines = append(lines, "error: "+text)
		}
	}
	return strings.Join(lines, "\n")
}

func main() {
	var sources []string
	if err := json.NewDecoder(os.Stdin).Decode(&sources); err != nil {
		panic(err)
	}
	outputs := make([]string, len(sources))
	for i, source := range sources {
		outputs[i] = run(source)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(outputs); err != nil {
		panic(err)
	}
}
