// Courier gets files into and out of a step on Kubernetes, so that any image works unchanged: `courier fetch` is an init
// container, `courier send` a native sidecar. The protocol is server/http/courier.ts.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

var version = "0.1.0"

const (
	exitDone    = 0
	exitRefused = 1 // it will not help to try again
	exitGaveUp  = 2
)

// settings come from the environment only: a command line can be read by everybody on a node.
type settings struct {
	url      string        // COURIER_URL: where the platform answers
	attempt  string        // COURIER_ATTEMPT
	token    string        // COURIER_TOKEN, or the content of COURIER_TOKEN_FILE
	root     string        // COURIER_ROOT: the folder of in, out and checkpoint
	patience time.Duration // COURIER_PATIENCE: how long without any progress before it gives up
	stall    time.Duration // COURIER_STALL: a connection that moves nothing for so long is closed
	every    time.Duration // COURIER_EVERY: between two looks at the checkpoint
	settle   time.Duration // COURIER_SETTLE: a file that did not change for so long is whole
}

func readSettings(get func(string) string) (settings, error) {
	s := settings{
		url:     strings.TrimRight(get("COURIER_URL"), "/"),
		attempt: get("COURIER_ATTEMPT"),
		token:   strings.TrimSpace(get("COURIER_TOKEN")),
		root:    get("COURIER_ROOT"),
	}
	if s.root == "" {
		s.root = "/"
	}
	if file := get("COURIER_TOKEN_FILE"); s.token == "" && file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return s, fmt.Errorf("COURIER_TOKEN_FILE cannot be read: %w", err)
		}
		s.token = strings.TrimSpace(string(text))
	}
	for _, needed := range []struct{ name, value string }{
		{"COURIER_URL", s.url}, {"COURIER_ATTEMPT", s.attempt}, {"COURIER_TOKEN", s.token},
	} {
		if needed.value == "" {
			return s, fmt.Errorf("%s is not set", needed.name)
		}
	}
	if !strings.HasPrefix(s.url, "http://") && !strings.HasPrefix(s.url, "https://") {
		return s, errors.New("COURIER_URL must begin with http:// or https://")
	}
	for _, span := range []struct {
		name  string
		value *time.Duration
		usual time.Duration
	}{
		{"COURIER_PATIENCE", &s.patience, 10 * time.Minute},
		{"COURIER_STALL", &s.stall, time.Minute},
		{"COURIER_EVERY", &s.every, 20 * time.Second},
		{"COURIER_SETTLE", &s.settle, 5 * time.Second},
	} {
		*span.value = span.usual
		if text := get(span.name); text != "" {
			value, err := time.ParseDuration(text)
			if err != nil || value <= 0 {
				return s, fmt.Errorf("%s must be a duration such as 20s", span.name)
			}
			*span.value = value
		}
	}
	return s, nil
}

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	if len(args) == 1 && args[0] == "version" {
		fmt.Println(version)
		return exitDone
	}
	if len(args) == 1 && args[0] == "reach" {
		ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
		defer stop()
		return runReach(ended)
	}
	if len(args) != 1 || (args[0] != "fetch" && args[0] != "send") {
		fmt.Fprintln(os.Stderr, "usage: courier fetch | send | reach | version")
		return exitRefused
	}
	// The user's container may run as another user of the pod's group: modes are said, never masked.
	syscall.Umask(0)
	log := newLog(os.Stdout)
	s, err := readSettings(os.Getenv)
	if err != nil {
		log.say("failed", fields{"error": err.Error()})
		return exitRefused
	}
	log.secret = s.token
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	c := newClient(s, log)
	if args[0] == "fetch" {
		err = fetch(ended, c)
	} else {
		err = send(ended, c)
	}
	if err != nil {
		code := exitOf(err)
		log.say("failed", fields{"error": tell(err), "exit": code})
		return code
	}
	log.say("done", fields{"command": args[0], "peakMemoryBytes": peakMemory()})
	return exitDone
}

// open gives a folder that nothing leads out of, whatever links lie in it.
func open(s settings, name string) (*os.Root, error) {
	path := filepath.Join(s.root, name)
	if err := os.MkdirAll(path, 0o775); err != nil {
		return nil, err
	}
	return os.OpenRoot(path)
}
