// Makes the golden table of packages/lang/src/gotime with Go's own time package: texts read in many layouts, most of them
// slightly wrong, and times written. Run with Debian's golang-go and TZ=UTC:
//   TZ=UTC GO111MODULE=off go run tools/oracles/gotime/main.go > packages/lang/src/gotime/testdata/golden.json
package main

import (
	"encoding/json"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"time"
)

var layouts = []string{
	time.ANSIC, time.UnixDate, time.RubyDate, time.RFC822, time.RFC822Z, time.RFC850, time.RFC1123, time.RFC1123Z,
	time.RFC3339, time.RFC3339Nano, time.Kitchen, "2006-01-02", "15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04",
	"Jan 2, 2006 at 3:04pm (MST)", "02/01/06 03:04:05.000 PM", "2006-002", "__2 2006", "2006-01-02T15:04:05.999Z07:00",
	"20060102150405", "Monday January 2 2006", "2006-01-02T15Z0700", "2006-1-2 5:4:3", "06 Month 1", "15h04m05s",
	"_2 Jan 2006 15:04:05,000000", "2006-01-02 -07 -0700 -07:00:00",
}

// Texts that people write, tried in every layout above.
var texts = []string{
	"2024-02-29", "2023-02-29", "2024-13-01", "2024-00-10", "2024-1-2", "2024-01-02T03:04:05Z",
	"2024-01-02T03:04:05.123456789Z", "2024-01-02T03:04:05+05:30", "2024-01-02T24:00:00Z", "2024-01-02T03:60:00Z",
	"03:04PM", "3:04PM", "13:04PM", "12:00AM", "Mon Jan  2 15:04:05 2006", "Mon, 02 Jan 2006 15:04:05 GMT",
	"02 Jan 06 15:04 MST", "02 Jan 70 15:04 CEST", "Monday, 02-Jan-06 15:04:05 UTC", "", "x", "2024-01-02 03:04:05",
	"2024-01-02 03:04:05.5", "2024-01-02 03:04", "2024-060", "2024-366", "2023-366", "15:04:05", "15:04:05.25",
	" 2024-01-02", "2024-01-02 ", "2024-01-02T03:04:05z", "2024-01-02T03:04:05+0530", "\"é\\\n",
}

var elements = []string{
	"January", "Jan", "1", "01", "Monday", "Mon", "2", "_2", "02", "__2", "002", "15", "3", "03", "4", "04", "5", "05",
	"2006", "06", "PM", "pm", "MST", "-0700", "-07", "-07:00", "-070000", "-07:00:00", "Z0700", "Z07", "Z07:00",
	"Z070000", "Z07:00:00", ".0", ".000", ",000000000", ".0000000000000", ".9", ".999999999", ",99", "Janu", "Month",
	"_2006", "__2006", ".0001", "é", "x",
}

// What is read well or just not by one element or another.
var pieces = []string{
	"0", "5", "9", "05", "12", "13", "23", "24", "25", "31", "59", "60", "99", "-5", "+5", "000", "001", "059", "060",
	"365", "366", "367", " 7", "  7", "   7", "2024", "2023", "1900", "0000", "-123", "Jan", "JANUARY", "feb", "Sept", "mon",
	"Sunday", "AM", "pm", "Pm", "UTC", "UTCX", "GMT", "GMT+3", "GMT-11", "GMT+24", "GMT+", "ChST", "MeST", "WITA", "WITAX",
	"CEST", "CESTX", "ABCDE", "ABCDT", "ABCDEF", "AB", "+3", "+03", "-0330", "+24", "Z", "z", "+00:00", "+05:30", "+0530",
	"-01:02:03", "-010203", "+25:00", "+23:61", "+01:00:61", "+a0:00", ".", ".5", ",25", ".123456789", ".1234567891234",
	".1234567890123", ".000000001", ".x", " ", "  ", "é", "x", "-", ":", "/", "T", "_",
}

var separators = []string{"", "", " ", " ", "-", ":", "/", "T", "  ", ", "}

type readRow struct {
	Layout string `json:"layout"`
	Text   string `json:"text"`
	// Seconds since 1970 followed by nine digits of nanoseconds.
	NS    string `json:"ns,omitempty"`
	Shown string `json:"shown,omitempty"`
	Error string `json:"error,omitempty"`
}

type formatRow struct {
	NS     string `json:"ns"`
	Offset int    `json:"offset"`
	Name   string `json:"name"`
	Layout string `json:"layout"`
	Text   string `json:"text"`
}

func joined(t time.Time) string {
	nanos := strconv.Itoa(t.Nanosecond())
	return strconv.FormatInt(t.Unix(), 10) + strings.Repeat("0", 9-len(nanos)) + nanos
}

func read(layout, text string) readRow {
	t, err := time.Parse(layout, text)
	if err != nil {
		return readRow{Layout: layout, Text: text, Error: err.Error()}
	}
	return readRow{Layout: layout, Text: text, NS: joined(t), Shown: t.String()}
}

func randomTime(r *rand.Rand) time.Time {
	zone := time.FixedZone("", []int{0, 3600, -18000, 19800, 3661, -3661}[r.Intn(6)])
	if r.Intn(3) == 0 {
		zone = time.UTC
	}
	if r.Intn(5) == 0 {
		zone = time.FixedZone("CEST", 7200)
	}
	seconds := r.Int63n(8e9) - 3e9
	if r.Intn(10) == 0 {
		seconds = r.Int63n(4e11) - 2e11
	}
	t := time.Unix(seconds, r.Int63n(1e9)).In(zone)
	return t.Truncate([]time.Duration{1, time.Millisecond, time.Second}[r.Intn(3)])
}

func randomLayout(r *rand.Rand) string {
	layout := ""
	for i, count := 0, 1+r.Intn(4); i < count; i++ {
		layout += elements[r.Intn(len(elements))] + separators[r.Intn(len(separators))]
	}
	return layout
}

// One place of a text changed, dropped or doubled.
func damaged(r *rand.Rand, text string) string {
	if text == "" {
		return text
	}
	at := r.Intn(len(text))
	return text[:at] + []string{"", text[at:at+1] + text[at:at+1], "0", " ", "9", "Z"}[r.Intn(6)] + text[at+1:]
}

func main() {
	r := rand.New(rand.NewSource(11))
	reads, formats := []readRow{}, []formatRow{}
	for _, layout := range layouts {
		for _, text := range texts {
			reads = append(reads, read(layout, text))
		}
	}
	for _, element := range elements {
		for _, piece := range pieces {
			reads = append(reads, read(element, piece))
		}
	}
	for i := 0; i < 1500; i++ {
		t := randomTime(r)
		layout := layouts[r.Intn(len(layouts))]
		if r.Intn(2) == 0 {
			layout = randomLayout(r)
		}
		text := t.Format(layout)
		name, offset := t.Zone()
		formats = append(formats, formatRow{joined(t), offset, name, layout, text})
		reads = append(reads, read(layout, text))
		if wrong := damaged(r, text); r.Intn(2) == 0 && strings.ToValidUTF8(wrong, "") == wrong {
			reads = append(reads, read(layout, wrong))
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.Encode(map[string]interface{}{"reads": reads, "formats": formats})
}
