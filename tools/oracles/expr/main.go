// Makes the table of what Go's standard library does where packages/lang/src/expr rests on it: printing and reading
// numbers, JSON, base64 and texts. Run with Debian's golang-go:
//   GO111MODULE=off go run tools/oracles/expr/main.go > packages/lang/src/expr/testdata/go.json
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"os"
	"strconv"
	"strings"
)

type floatRow struct {
	Bits string `json:"bits"`
	Text string `json:"text"`
	JSON string `json:"json"`
}

type readRow struct {
	Text  string `json:"text"`
	Int   string `json:"int"`
	Float string `json:"float"`
}

type textRow struct {
	Call   string      `json:"call"`
	Result interface{} `json:"result"`
}

func floats(r *rand.Rand) []floatRow {
	values := []float64{0, 1, -1, 0.1, 1e5, 1e6, 123456, 1234567, 1e20, 1e21, 1e22, 1e-4, 1e-5, 1e-6, 1e-7, 9.99e-7, 123456789.125, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Pi, 1.0 / 3, 100, 1e100}
	for i := 0; i < 1500; i++ {
		values = append(values, math.Float64frombits(r.Uint64()), (r.Float64()-0.5)*math.Pow(10, float64(r.Intn(50)-25)), float64(r.Intn(1000000))/1000)
	}
	rows := []floatRow{}
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		encoded, _ := json.Marshal(v)
		rows = append(rows, floatRow{strconv.FormatUint(math.Float64bits(v), 16), fmt.Sprintf("%v", v), string(encoded)})
	}
	return rows
}

func reads() []readRow {
	texts := []string{"", "0", "1", "-1", "+1", "007", "0x1F", "0b11", "0o17", "1_000", "1.5", ".5", "5.", ".", "1e3", "1E3", "1e", "1e+", "inf", "-Inf", "+infinity", "nan", "NaN", " 1", "1 ", "0x1p4", "0x.8p1", "0xp1", "1e400", "-1e400", "1e-400", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "é", "١", "--1", "1,5", "0x", "1e1_0", "00.5", "1.2.3", "1e5.5", "infinit", "12abc"}
	rows := []readRow{}
	for _, t := range texts {
		row := readRow{Text: t}
		if i, err := strconv.Atoi(t); err == nil {
			row.Int = strconv.Itoa(i)
		}
		if f, err := strconv.ParseFloat(t, 64); err == nil {
			row.Float = fmt.Sprintf("%v", f)
		}
		rows = append(rows, row)
	}
	return rows
}

func texts(r *rand.Rand) []textRow {
	rows := []textRow{}
	alphabet := []string{"a", "b", "ab", " ", ",", "é", "", "aa", "\t", "日", "x,y", ","}
	word := func() string {
		out := ""
		for i := 0; i < r.Intn(5); i++ {
			out += alphabet[r.Intn(len(alphabet))]
		}
		return out
	}
	quote := func(s string) string {
		encoded, _ := json.Marshal(s)
		return string(encoded)
	}
	for i := 0; i < 400; i++ {
		a, b, c := word(), word(), word()
		n := r.Intn(5) - 1
		add := func(result interface{}, format string, args ...interface{}) {
			rows = append(rows, textRow{fmt.Sprintf(format, args...), result})
		}
		add(strings.Split(a, b), "split(%s, %s)", quote(a), quote(b))
		add(len(strings.SplitN(a, b, n)), "len(split(%s, %s, %d))", quote(a), quote(b), n)
		add(strings.SplitAfter(a, b), "splitAfter(%s, %s)", quote(a), quote(b))
		add(strings.ReplaceAll(a, b, c), "replace(%s, %s, %s)", quote(a), quote(b), quote(c))
		add(strings.Replace(a, b, c, n), "replace(%s, %s, %s, %d)", quote(a), quote(b), quote(c), n)
		add(strings.Trim(a, b), "trim(%s, %s)", quote(a), quote(b))
		add(strings.TrimSpace(a), "trim(%s)", quote(a))
		add(strings.Index(a, b), "indexOf(%s, %s)", quote(a), quote(b))
		add(strings.LastIndex(a, b), "lastIndexOf(%s, %s)", quote(a), quote(b))
		add(strings.TrimPrefix(a, b), "trimPrefix(%s, %s)", quote(a), quote(b))
		add(strings.TrimSuffix(a, b), "trimSuffix(%s, %s)", quote(a), quote(b))
		add(strings.ToUpper(a), "upper(%s)", quote(a))
		add(base64.StdEncoding.EncodeToString([]byte(a)), "toBase64(%s)", quote(a))
		add(a < b, "%s < %s", quote(a), quote(b))
		add(len(a), "len(%s)", quote(a))
	}
	for _, t := range []string{"YQ==", "YQ=", "YQ", "YWI=", "YWJj", "YW=j", "!", "YQ==x", "Y\nQ==", "=", "====", "YWJjZA==", "Y", "YQ==\n", "aGVsbG8=", "a-_b"} {
		decoded, err := base64.StdEncoding.DecodeString(t)
		result := "ok:" + string(decoded)
		if err != nil {
			result = err.Error()
		}
		rows = append(rows, textRow{"fromBase64(" + quote(t) + ")", result})
	}
	for _, t := range []string{"", "{", "[", "{}", "[1,]", "nul", "tru", "x", "'a'", "{\"a\":1}", "{\"a\"}", "1 2", "\"a", "\"\\q\"", "{\"a\":1,}", "01", "-", "1.", "[1 2]", "{1:2}", "true false", " ", "é", "\"a\nb\"", "1e", "[1,2"} {
		var v interface{}
		err := json.Unmarshal([]byte(t), &v)
		var result interface{} = v
		if err != nil {
			result = "error: " + err.Error()
		}
		rows = append(rows, textRow{"fromJSON(" + quote(t) + ")", result})
	}
	return rows
}

func main() {
	r := rand.New(rand.NewSource(7))
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.Encode(map[string]interface{}{"floats": floats(r), "reads": reads(), "texts": texts(r)})
}
