package main

import (
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

type fields map[string]any

// logger writes one line of JSON for each event. Addresses never get in: signed ones are secrets.
type logger struct {
	mutex  sync.Mutex
	out    io.Writer
	secret string
}

func newLog(out io.Writer) *logger { return &logger{out: out} }

func (l *logger) say(event string, more fields) {
	line := fields{"at": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), "event": event}
	for key, value := range more {
		line[key] = value
	}
	text, err := json.Marshal(line)
	if err != nil {
		return
	}
	if l.secret != "" {
		text = []byte(strings.ReplaceAll(string(text), l.secret, "***"))
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	_, _ = l.out.Write(append(text, '\n'))
}

// peakMemory is the most that was resident, in bytes; 0 where the system does not tell.
func peakMemory() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kilobytes, _ := strconv.ParseInt(number, 10, 64)
	return kilobytes * 1024
}
