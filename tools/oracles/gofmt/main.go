// Makes the golden table of packages/lang/src/gofmt with Go's own strconv, encoding/json and text/tabwriter.
// Run with Debian's golang-go: go run tools/oracles/gofmt/main.go > packages/lang/src/gofmt/testdata/golden.json
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
)

func main() {
	r := rand.New(rand.NewSource(5))
	floats := [][]interface{}{}
	values := []float64{0, 1, -1, 0.1, 0.5, 1.5, 2.5, 1e20, 1e21, 1e22, 1e-4, 1e-5, 1e-6, 1e-7, 123456789, 1234567, 100000, 1000000, math.MaxFloat64, math.SmallestNonzeroFloat64, 5e-324, 1.7976931348623157e308, 0.30000000000000004, 9007199254740993, 99.995, 0.045, 1.005, 3.14159265358979}
	for i := 0; i < 150; i++ {
		values = append(values, math.Float64frombits(r.Uint64()))
		values = append(values, math.Round(r.Float64()*1e6)/math.Pow(10, float64(r.Intn(8))))
	}
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		for _, f := range "eEfgGbxX" {
			p := []int{-1, 0, 1, 2, 3, 6, 10, 17, 25}[r.Intn(9)]
			floats = append(floats, []interface{}{v, string(f), p, strconv.FormatFloat(v, byte(f), p, 64)})
		}
		floats = append(floats, []interface{}{v, "g", -1, strconv.FormatFloat(v, 'g', -1, 64)})
	}
	parse := [][]interface{}{}
	for _, t := range []string{"0", "1", "-1", "+1", "1_000", "0x1F", "0X1f", "0b11", "0o17", "017", "08", "1__0", "_1", "1_", "0x_1", "0_7", "", "-", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "1e3", " 1", "0x", "0b2", "00", "0_"} {
		v, err := strconv.ParseInt(t, 0, 64)
		if err != nil {
			parse = append(parse, []interface{}{t, nil, err.(*strconv.NumError).Err.Error()})
		} else {
			parse = append(parse, []interface{}{t, strconv.FormatInt(v, 10), ""})
		}
	}
	parseF := [][]interface{}{}
	for _, t := range []string{"0", "1.5", ".5", "5.", "1e3", "1E-3", "+1.0", "-0", "inf", "-Inf", "+infinity", "nan", "1e400", "1e-400", "0x1p4", "0x1.8p1", "0x1", "1_0", "", ".", "e5", "1e", "1e+", " 1", "1.2.3", "0x.p1", "1d"} {
		v, err := strconv.ParseFloat(t, 64)
		if err != nil {
			parseF = append(parseF, []interface{}{t, nil, err.(*strconv.NumError).Err.Error()})
		} else {
			parseF = append(parseF, []interface{}{t, strconv.FormatFloat(v, 'g', -1, 64), ""})
		}
	}
	quotes := [][]string{}
	texts := []string{"", "abc", "a\"b", "a\\b", "\n\t\r\a\b\f\v", "\x00\x1f\x7f", "é☃😀", "\u00a0\u200b\u2028\ufeff", "`", "a`b", "'", "\u0085\u0600\ue000", "\U000e0001", "ﬀ", "a\u0301"}
	for i := 0; i < 300; i++ {
		runes := []rune{}
		for k := 0; k < 1+r.Intn(4); k++ {
			c := rune(r.Intn([]int{128, 0x300, 0xd7ff, 0x1ffff}[r.Intn(4)]))
			// what this Go's Unicode does not know yet may have a meaning in ours
			if (c >= 0xd800 && c <= 0xdfff) || !unicode.In(c, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.C) {
				c = 'x'
			}
			runes = append(runes, c)
		}
		texts = append(texts, string(runes))
	}
	for _, t := range texts {
		j, _ := json.Marshal(t)
		quotes = append(quotes, []string{t, strconv.Quote(t), strconv.QuoteToASCII(t), string(j), strconv.FormatBool(strconv.CanBackquote(t))})
	}
	tabs := [][]interface{}{}
	cells := []string{"", "a", "bb", "ccc", "NAME", "é☃", "a longer cell", " ", "x y"}
	settings := [][]int{{6, 4, 3, ' ', 0}, {0, 8, 2, ' ', 0}, {0, 8, 0, '\t', 0}, {5, 0, 1, '-', 0}, {0, 8, 1, ' ', 1}, {0, 4, 2, '\t', 0}, {10, 4, 3, ' ', 0}}
	for i := 0; i < 400; i++ {
		lines := []string{}
		for l := 0; l < 1+r.Intn(5); l++ {
			c := []string{}
			for k := 0; k < r.Intn(5); k++ {
				c = append(c, cells[r.Intn(len(cells))])
			}
			lines = append(lines, strings.Join(c, "\t"))
		}
		text := strings.Join(lines, "\n") + []string{"", "\n"}[r.Intn(2)]
		s := settings[r.Intn(len(settings))]
		flags := uint(0)
		if s[4] == 1 {
			flags = tabwriter.AlignRight
		}
		var b bytes.Buffer
		w := tabwriter.NewWriter(&b, s[0], s[1], s[2], byte(s[3]), flags)
		fmt.Fprint(w, text)
		w.Flush()
		tabs = append(tabs, []interface{}{s, text, b.String()})
	}
	numbers := [][]interface{}{}
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		j, _ := json.Marshal(v)
		numbers = append(numbers, []interface{}{v, string(j)})
	}
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	e.Encode(map[string]interface{}{"floats": floats, "integers": parse, "parsedFloats": parseF, "quotes": quotes, "tabs": tabs, "jsonNumbers": numbers})
}
