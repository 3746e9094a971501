// Makes the golden table of packages/lang/src/semver with the Go library that Helm and Argo CD use.
// Run with Debian's golang-go and golang-github-masterminds-semver-dev:
//   GO111MODULE=off GOPATH=/usr/share/gocode go run tools/oracles/semver/main.go > packages/lang/src/semver/testdata/golden.json
package main

import (
	"encoding/json"
	"os"

	"github.com/Masterminds/semver"
)

type row struct {
	Constraint string `json:"constraint"`
	Error      bool   `json:"error"`
	Accepts    []int  `json:"accepts"`
}

func main() {
	texts := []string{"0.0.0", "0.0.1", "0.1.0", "0.1.5", "0.2.0", "0.2.3", "1.0.0", "1.0.1", "1.2.0", "1.2.3", "1.2.9", "1.3.0", "1.11.0", "2.0.0", "2.1.0", "3.0.0", "11.0.0", "11.1.0", "11.1.1", "12.0.0", "v1.2.3", "1.2", "1", "1.2.3-alpha", "1.2.3-alpha.1", "1.2.3-beta", "1.2.3-beta.2", "1.2.3-beta.11", "1.2.3-rc.1", "2.0.0-0", "2.0.0-rc1", "1.2.3+build", "1.2.4-dev+meta", "0.0.0-a", "0.1.0-x", "1.3.0-0"}
	versions := []*semver.Version{}
	for _, t := range texts {
		v, err := semver.NewVersion(t)
		if err != nil {
			panic(err)
		}
		versions = append(versions, v)
	}
	bases := []string{"*", "x", "0", "0.0", "0.0.0", "0.1", "0.1.0", "0.2.x", "0.0.1", "1", "1.x", "1.2", "1.2.x", "1.2.*", "1.2.3", "v1.2.3", "1.X.X", "11", "11.1", "2", "2.0.0-0", "1.2.3-alpha", "1.2.3-beta.2", "1.2-0", "1-0", "0-0", "0.0.0-0", "1.2.3+build", "1.2.3-0"}
	ops := []string{"", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^"}
	constraints := []string{"", " ", "||", "1.2 - 1.4", "1 - 2", "1.2.3 - 2.0.0-0", ">=1.2, <2", ">=1.2 <2", ">= 1.2 , < 2 || ~3", "^1 || ^2", ">1 || <0.1", "1.2,1.3", "1.2, 1.3", "1.2 1.3", "==1", "=>>1", "a", "1.a", "1.2.3.4", "~>1 ^1", ">=0-0", ">1.0.0-0 <2", "!=1.2.3, >=1", "^", "~", "* || x", "latest", "1.2.3-01", "!1", ">=1.2||<0.2", " >= 1 ", "1 -2", "1- 2", ">=1 - <=2", "1.2.3-", "x.2", "*.1", "1.x.3", ">=1,", ",1", "1,,2"}
	for _, o := range ops {
		for _, b := range bases {
			constraints = append(constraints, o+b, o+" "+b)
		}
	}
	rows := []row{}
	for _, t := range constraints {
		c, err := semver.NewConstraint(t)
		r := row{Constraint: t, Error: err != nil, Accepts: []int{}}
		if err == nil {
			for i, v := range versions {
				if c.Check(v) {
					r.Accepts = append(r.Accepts, i)
				}
			}
		}
		rows = append(rows, r)
	}
	order := [][]int{}
	for _, a := range versions {
		line := []int{}
		for _, b := range versions {
			line = append(line, a.Compare(b))
		}
		order = append(order, line)
	}
	broken := map[string]bool{}
	for _, t := range []string{"1.2.3", "v1", "", "1.2.3.4", "01.2.3", "1.02.3", "1.2.3-01", "1.2.3-0a", "1.2.3-", "1.2.3+", "1.2.3-a..b", " 1.2.3", "1.2.3 ", "V1.2.3", "1.2.3-é", "18446744073709551616.0.0", "18446744073709551615.0.0", "1..3", "a.b.c", "1.2-rc.1", "1-x"} {
		_, err := semver.NewVersion(t)
		broken[t] = err == nil
	}
	e := json.NewEncoder(os.Stdout)
	e.Encode(map[string]interface{}{"versions": texts, "constraints": rows, "order": order, "parses": broken})
}
