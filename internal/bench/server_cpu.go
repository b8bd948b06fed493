package bench

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
)

// ticksPerSecond is the unit of processor times in /proc (USER_HZ), 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// processTimes are the processor seconds spent so far by the three parties; NaN where /proc doesn't tell.
type processTimes struct{ server, postgres, generator float64 }

func (r *rig) processTimes() processTimes {
	return processTimes{
		server:    processSeconds(r.serve.Process.Pid, false),
		postgres:  familySeconds(r.postgres.Pid()),
		generator: processSeconds(os.Getpid(), false),
	}
}

// minus gives the processors used between two readings.
func (t processTimes) minus(before processTimes, seconds float64) processTimes {
	return processTimes{
		(t.server - before.server) / seconds, (t.postgres - before.postgres) / seconds, (t.generator - before.generator) / seconds,
	}
}

// processSeconds is what a process has spent, with its ended children if asked.
func processSeconds(pid int, withEnded bool) float64 {
	fields := stat(pid)
	const utime, stime, cutime, cstime = 11, 12, 13, 14 // counted behind the process's name
	if len(fields) <= cstime {
		return math.NaN()
	}
	ticks := number(fields[utime]) + number(fields[stime])
	if withEnded {
		ticks += number(fields[cutime]) + number(fields[cstime])
	}
	return ticks / ticksPerSecond
}

// familySeconds is what a process, its ended children and its living ones have spent.
func familySeconds(pid int) float64 {
	sum := processSeconds(pid, true)
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return sum
	}
	for _, entry := range entries {
		child, err := strconv.Atoi(filepath.Base(entry))
		if err != nil {
			continue
		}
		if fields := stat(child); len(fields) > 1 && number(fields[1]) == float64(pid) {
			sum += processSeconds(child, false)
		}
	}
	return sum
}

// stat gives what /proc says of a process behind its name (which may have blanks and brackets in it).
func stat(pid int) [][]byte {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	return bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
}

func number(b []byte) float64 {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

// residentMB is a process's memory in use, in MB (10⁶ bytes).
func residentMB(pid int) float64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	fields := bytes.Fields(text)
	if err != nil || len(fields) < 2 {
		return math.NaN()
	}
	return number(fields[1]) * float64(os.Getpagesize()) / 1e6
}
