// Command bench runs the benchmarks that docs/performance.md reports and prints
// one table: each figure beside its floor, measured in the same run. The
// benchmarks themselves live beside the code. `make bench` gives it a
// PostgreSQL with its usual settings and a Redis.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// suite is one run of go test.
type suite struct {
	packagePath, benchmarks string
	rounds                  int
}

// Some minutes on two cores.
var suites = []suite{
	{"./handler", "^(BenchmarkMe|BenchmarkHome)$", 7},
	{"./service/dues", "^BenchmarkRemind$", 1},
	{"./service/dues", "^BenchmarkBills$", 1},
	{"./service/payment", "^BenchmarkSettle$", 3},
	{"./service/collection", "^BenchmarkTable$", 5},
	{"./service/rates", "^BenchmarkRates$", 3},
	{"./service/o2o", "^BenchmarkClock$", 3},
	{"./service/supervision", "^BenchmarkWarn$", 1},
	{"./handler", "^BenchmarkCallbacks$", 1},
	{"./service/member", "^BenchmarkSearch$", 4000},
	{"./service/member", "^BenchmarkBands$", 7},
	{"./service/notify", "^BenchmarkDeliver$", 1},
	{"./service/batch", "^BenchmarkImport$", 1},
	{"./cmd/hongyun", "^BenchmarkFirstStart$", 1},
	{"./cmd/hongyun", "^BenchmarkStart$", 5},
}

func main() {
	if err := run(os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(out, progress io.Writer) error {
	var all []result
	for _, s := range suites {
		began := time.Now()
		fmt.Fprintf(progress, "%s %s …", s.packagePath, s.benchmarks)
		results, err := s.run(progress)
		if err != nil {
			return err
		}
		fmt.Fprintf(progress, " %s\n", time.Since(began).Round(time.Second))
		all = append(all, results...)
	}
	fmt.Fprintf(out, "%s, %d processors, %s/%s\n\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	return table(out, all)
}

func (s suite) run(problems io.Writer) ([]result, error) {
	c := exec.Command("go", "test", s.packagePath, "-run", "^$", "-bench", s.benchmarks, "-benchtime", fmt.Sprint(s.rounds, "x"), "-timeout", "10m")
	c.Stderr = problems
	output, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", s.packagePath, err, output)
	}
	results := parse(string(output))
	if len(results) == 0 {
		return nil, fmt.Errorf("%s measured nothing:\n%s", s.packagePath, output)
	}
	return results, nil
}

// result is one line of go test -bench.
type result struct {
	name    string
	metrics []metric
}

type metric struct {
	value float64
	unit  string
}

// parse reads the lines "BenchmarkMe-2  7  123 ns/op  45 req/s …". The time of an op says nothing here.
func parse(output string) []result {
	var results []result
	lines := bufio.NewScanner(strings.NewReader(output))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if i := strings.LastIndex(name, "-"); i > 0 {
			name = name[:i] // the number of processors
		}
		r := result{name: name}
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err == nil && fields[i+1] != "ns/op" {
				r.metrics = append(r.metrics, metric{value, fields[i+1]})
			}
		}
		results = append(results, r)
	}
	return results
}

// table puts the figure first, then its floor and the ratio, then the rest.
func table(out io.Writer, results []result) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "BENCHMARK\tMEASURED\tFLOOR\tOF FLOOR\t")
	for _, r := range results {
		measured, floor, ratio, rest := "", "", "", ""
		for _, m := range r.metrics {
			text := short(m.value) + " " + m.unit
			switch {
			case m.unit == "of_floor":
				ratio = fmt.Sprintf("%.2f", m.value)
			case aside(m.unit), measured != "" && strings.HasSuffix(m.unit, "_ms"):
				rest += text + "  "
			case strings.HasPrefix(m.unit, "floor"):
				floor = short(m.value)
			default:
				measured = text
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.name, measured, floor, ratio, rest)
	}
	return w.Flush()
}

// aside tells what only explains a figure. Latencies do so beside a rate: go test prints units by the alphabet, rates before them.
func aside(unit string) bool {
	switch unit {
	case "p50_ms", "max_ms", "with_redis/s", "no_database/s", "same_questions/s", "warnings", "ms/second":
		return true
	}
	return false
}

// short is three significant figures.
func short(v float64) string {
	s, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	if err != nil {
		s = v
	}
	return strconv.FormatFloat(s, 'f', -1, 64)
}
