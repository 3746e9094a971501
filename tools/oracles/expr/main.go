// Makes the table of what Go's standard library does where packages/lang/src/expr rests on it: printing and reading
// numbers, JSON, base64, texts and times. Run with Debian's golang-go:
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
	"time"
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

type timeRow struct {
	Layout string `json:"layout"`
	Text   string `json:"text"`
	NS     string `json:"ns"`
	Shown  string `json:"shown"`
	Error  string `json:"error"`
}

type formatRow struct {
	NS     string `json:"ns"`
	Offset int    `json:"offset"`
	Layout string `json:"layout"`
	Text   string `json:"text"`
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

var layouts = []string{time.ANSIC, time.UnixDate, time.RubyDate, time.RFC822, time.RFC822Z, time.RFC850, time.RFC1123, time.RFC1123Z, time.RFC3339, time.RFC3339Nano, time.Kitchen, "2006-01-02", "15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "Jan 2, 2006 at 3:04pm (MST)", "02/01/06 03:04:05.000 PM", "2006-002", "__2 2006", "2006-01-02T15:04:05.999Z07:00", "20060102150405", "Monday January 2 2006", "2006-01-02T15Z0700", "2006-1-2 5:4:3", "06 Month 1", "15h04m05s", "_2 Jan 2006 15:04:05,000000", "2006-01-02 -07 -0700 -07:00:00"}

func times(r *rand.Rand) ([]timeRow, []formatRow) {
	rows, formats := []timeRow{}, []formatRow{}
	texts := []string{"2024-02-29", "2023-02-29", "2024-13-01", "2024-00-10", "2024-1-2", "2024-01-02T03:04:05Z", "2024-01-02T03:04:05.123456789Z", "2024-01-02T03:04:05+05:30", "2024-01-02T24:00:00Z", "2024-01-02T03:60:00Z", "03:04PM", "3:04PM", "13:04PM", "12:00AM", "Mon Jan  2 15:04:05 2006", "Mon, 02 Jan 2006 15:04:05 GMT", "02 Jan 06 15:04 MST", "02 Jan 70 15:04 CEST", "Monday, 02-Jan-06 15:04:05 UTC", "", "x", "2024-01-02 03:04:05", "2024-01-02 03:04:05.5", "2024-01-02 03:04", "2024-060", "2024-366", "2023-366", "15:04:05", "15:04:05.25", " 2024-01-02", "2024-01-02 ", "2024-01-02T03:04:05z", "2024-01-02T03:04:05+0530"}
	for _, layout := range layouts {
		for _, text := range texts {
			rows = append(rows, parse(layout, text))
		}
	}
	for i := 0; i < 900; i++ {
		zone := time.FixedZone("", []int{0, 3600, -18000, 19800, 3661}[r.Intn(5)])
		if r.Intn(3) == 0 {
			zone = time.UTC
		}
		t := time.Unix(r.Int63n(8e9)-3e9, r.Int63n(1e9)).In(zone)
		if r.Intn(3) == 0 {
			t = t.Truncate(time.Second)
		}
		_, offset := t.Zone()
		layout := layouts[r.Intn(len(layouts))]
		text := t.Format(layout)
		formats = append(formats, formatRow{strconv.FormatInt(t.UnixNano(), 10), offset, layout, text})
		rows = append(rows, parse(layout, text))
	}
	return rows, formats
}

func parse(layout, text string) timeRow {
	row := timeRow{Layout: layout, Text: text}
	t, err := time.Parse(layout, text)
	if err != nil {
		row.Error = err.Error()
		return row
	}
	row.NS = strconv.FormatInt(t.Unix(), 10) + fmt.Sprintf("%09d", t.Nanosecond())
	row.Shown = t.String()
	return row
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
	parsed, formatted := times(r)
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.Encode(map[string]interface{}{"floats": floats(r), "reads": reads(), "times": parsed, "formats": formatted, "texts": texts(r)})
}
