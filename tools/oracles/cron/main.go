// Makes the golden table of packages/lang/src/cron with the Go library that Argo uses (robfig/cron v3).
// Run with Debian's golang-go and golang-github-robfig-cron-dev:
//   GO111MODULE=off GOPATH=/usr/share/gocode go run tools/oracles/cron/main.go > packages/lang/src/cron/testdata/golden.json
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"time"

	"github.com/robfig/cron"
)

type row struct {
	Spec  string   `json:"spec"`
	From  string   `json:"from"`
	Error string   `json:"error,omitempty"`
	Next  []string `json:"next,omitempty"`
}

func main() {
	specs := []string{"* * * * *", "*/5 * * * *", "0 0 * * *", "30 2 * * *", "0 3 * * *", "0 1 * * *", "0 0 1 * *", "0 0 31 * *", "0 0 29 2 *", "0 0 31 2 *", "0 12 * * MON-FRI", "0 0 13 * 5", "0 0 */2 * *", "0 0 * * */2", "5/15 * * * *", "10-20/3 * * * *", "0 0 1 JAN,jul *", "? ? * * ?", "59 23 31 12 *", "0 0 1 1 0", "15,45 9-17 * * 1-5", "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly", "@every 1h30m", "@every 1s", "@every 10ms", "@every 1m30.7s", "CRON_TZ=America/New_York 30 2 * * *", "TZ=Europe/Berlin 30 2 * * *", "CRON_TZ=Asia/Tokyo 0 9 * * *", "CRON_TZ=America/Sao_Paulo 0 0 * * *", "CRON_TZ=Australia/Lord_Howe 15 2 * * *", "CRON_TZ=Asia/Kathmandu 0 0 * * *", "CRON_TZ=Europe/London 0 1 * * SUN", "CRON_TZ=Africa/Cairo 0 0 * * 5", "CRON_TZ=America/New_York 0 * * * *", "CRON_TZ=America/New_York */20 1 * * *", "TZ=UTC @daily",
		"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 7", "a * * * *", "1-2-3 * * * *", "1/2/3 * * * *", "*/0 * * * *", "5-1 * * * *", "-1 * * * *", "@never", "@every", "@every x", "@every 1d", "CRON_TZ=Nowhere/Land * * * * *", "TZ= * * * * *", ", * * * *", "1,,2 * * * *", "*,5 * * * *", "*/70 * * * *", "1-5/10 * * * *", "jan * * * *", "* * * * mon-", "* * * * sun", "* * L * *", "+5 * * * *", "00 00 * * *", "* * * * * ", " * * * * *", "*-5 * * * *", "@Daily"}
	r := rand.New(rand.NewSource(7))
	field := func(lo, hi int) string {
		switch r.Intn(6) {
		case 0:
			return "*"
		case 1:
			return fmt.Sprintf("*/%d", 1+r.Intn(hi))
		case 2:
			a := lo + r.Intn(hi-lo+1)
			return fmt.Sprintf("%d-%d", a, a+r.Intn(hi-a+1))
		case 3:
			return fmt.Sprintf("%d/%d", lo+r.Intn(hi-lo+1), 1+r.Intn(7))
		case 4:
			return fmt.Sprintf("%d,%d", lo+r.Intn(hi-lo+1), lo+r.Intn(hi-lo+1))
		}
		return fmt.Sprintf("%d", lo+r.Intn(hi-lo+1))
	}
	zones := []string{"", "", "CRON_TZ=America/New_York ", "CRON_TZ=Europe/Berlin ", "CRON_TZ=Australia/Lord_Howe ", "CRON_TZ=America/Sao_Paulo ", "CRON_TZ=Asia/Tokyo "}
	for i := 0; i < 400; i++ {
		specs = append(specs, zones[r.Intn(len(zones))]+field(0, 59)+" "+field(0, 23)+" "+field(1, 31)+" "+field(1, 12)+" "+field(0, 6))
	}
	froms := []string{"2026-01-01T00:00:00Z", "2026-03-08T05:59:59Z", "2026-03-28T23:30:00Z", "2026-10-25T00:15:00Z", "2026-11-01T04:30:30Z", "2024-02-28T23:59:59Z", "2018-11-03T12:00:00Z"}
	rows := []row{}
	for i, s := range specs {
		for k := 0; k < 2; k++ {
			from := froms[(i+k*3)%len(froms)]
			out := row{Spec: s, From: from}
			sched, err := cron.ParseStandard(s)
			if err != nil {
				out.Error = err.Error()
				rows = append(rows, out)
				break
			}
			t, _ := time.Parse(time.RFC3339, from)
			out.Next = []string{}
			for n := 0; n < 8; n++ {
				t = sched.Next(t)
				if t.IsZero() {
					break
				}
				out.Next = append(out.Next, t.UTC().Format(time.RFC3339))
			}
			rows = append(rows, out)
		}
	}
	json.NewEncoder(os.Stdout).Encode(rows)
}
