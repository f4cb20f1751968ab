package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func testClient(t *testing.T, address string) (*client, *bytes.Buffer) {
	t.Helper()
	var said bytes.Buffer
	s := settings{
		url: address, attempt: "a", token: "the-token", root: t.TempDir(),
		patience: 300 * time.Millisecond, stall: time.Second, every: 10 * time.Millisecond, settle: time.Millisecond,
	}
	log := newLog(&said)
	log.secret = s.token
	c := newClient(s, log)
	c.base = time.Millisecond
	return c, &said
}

func serve(t *testing.T, handle http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server.URL
}

func TestSettings(t *testing.T) {
	full := map[string]string{"COURIER_URL": "https://here/", "COURIER_ATTEMPT": "a", "COURIER_TOKEN": " t\n"}
	s, err := readSettings(func(name string) string { return full[name] })
	if err != nil || s.url != "https://here" || s.token != "t" || s.root != "/" || s.every != 20*time.Second {
		t.Fatal(s, err)
	}
	for name, bad := range map[string]string{
		"COURIER_URL": "ftp://here", "COURIER_ATTEMPT": "", "COURIER_TOKEN": "", "COURIER_PATIENCE": "-1s", "COURIER_STALL": "x",
	} {
		_, err := readSettings(func(asked string) string {
			if asked == name {
				return bad
			}
			return full[asked]
		})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%q: %v", name, bad, err)
		}
	}
}

func TestRetriesWhatMayPass(t *testing.T) {
	for _, status := range []int{500, 502, 503, 507, 429, 408} {
		var asked atomic.Int32
		c, _ := testClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1) < 4 {
				w.WriteHeader(status)
				return
			}
			fmt.Fprint(w, `{"outputs":["x"]}`)
		}))
		p, err := c.plan(context.Background())
		if err != nil || len(p.Outputs) != 1 || asked.Load() != 4 {
			t.Errorf("%d: %v after %d", status, err, asked.Load())
		}
	}
}

func TestRefusalsEndAtOnce(t *testing.T) {
	for _, status := range []int{307, 400, 401, 403, 404, 409, 410, 413} {
		var asked atomic.Int32
		c, _ := testClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.Header().Set("location", "/elsewhere")
			w.WriteHeader(status)
			fmt.Fprint(w, `{"code":"X","message":"so it is"}`)
		}))
		_, err := c.plan(context.Background())
		var no *refused
		if !errors.As(err, &no) || no.status != status || asked.Load() != 1 || exitOf(err) != exitRefused || !strings.Contains(tell(err), "so it is") {
			t.Errorf("%d: %v after %d", status, err, asked.Load())
		}
	}
}

func TestGivesUp(t *testing.T) {
	c, _ := testClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }))
	started := time.Now()
	_, err := c.plan(context.Background())
	if exitOf(err) != exitGaveUp || time.Since(started) > 5*time.Second {
		t.Fatal(err, time.Since(started))
	}
}

// How long a try takes before it breaks is no lack of progress: at least five are made.
func TestSlowTriesAreNotGivenUpEarly(t *testing.T) {
	c, _ := testClient(t, "http://127.0.0.1:1")
	tries := 0
	err := c.retry(context.Background(), "x", func(func()) error {
		tries++
		time.Sleep(c.patience / 2)
		return errors.New("broken")
	})
	if tries < minTries || exitOf(err) != exitGaveUp {
		t.Fatal(tries, err)
	}
	// While something moves it goes on, however often it breaks.
	tries = 0
	err = c.retry(context.Background(), "x", func(moved func()) error {
		if tries++; tries == 40 {
			return nil
		}
		moved()
		time.Sleep(c.patience / 20)
		return errors.New("broken")
	})
	if err != nil || tries != 40 {
		t.Fatal(tries, err)
	}
}

func TestBackoffStaysInBounds(t *testing.T) {
	c, _ := testClient(t, "http://127.0.0.1:1")
	c.base = 500 * time.Millisecond
	for tries := range 2000 {
		most := min(c.base<<min(tries, 10), 30*time.Second)
		if wait := c.backoff(tries); wait < most/4 || wait > most {
			t.Fatal(tries, wait)
		}
	}
}

func TestNoSecretIsTold(t *testing.T) {
	signed := "http://127.0.0.1:1/bucket/key?X-Amz-Signature=abc"
	c, said := testClient(t, "http://127.0.0.1:1")
	_, err := c.do(context.Background(), http.MethodGet, signed, nil, 0, nil)
	if err == nil || strings.Contains(tell(err), "X-Amz") || strings.Contains(tell(&gaveUp{err}), "X-Amz") {
		t.Fatal(tell(err))
	}
	c.log.say("x", fields{"error": "it said the-token"})
	if strings.Contains(said.String(), "the-token") {
		t.Fatal(said.String())
	}
}

func TestTheTokenGoesToThePlatformOnly(t *testing.T) {
	var own, other atomic.Value
	bucket := serve(t, func(w http.ResponseWriter, r *http.Request) { other.Store(r.Header.Get("authorization")) })
	platform := serve(t, func(w http.ResponseWriter, r *http.Request) {
		own.Store(r.Header.Get("authorization"))
		http.Redirect(w, r, bucket+"/x", http.StatusTemporaryRedirect)
	})
	c, _ := testClient(t, platform)
	if _, err := c.do(context.Background(), http.MethodGet, "/y", nil, 0, nil); err == nil {
		t.Fatal("a redirect was followed")
	}
	if other.Load() != nil || own.Load() != "Bearer the-token" {
		t.Fatal(own.Load(), other.Load())
	}
	response, err := c.do(context.Background(), http.MethodGet, bucket+"/x", nil, 0, nil)
	if err != nil || other.Load() != "" {
		t.Fatal(err, other.Load())
	}
	response.Body.Close()
}

func TestASilentConnectionEnds(t *testing.T) {
	hold := make(chan struct{})
	c, _ := testClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(200)
		_ = http.NewResponseController(w).Flush()
		<-hold
	}))
	defer close(hold)
	c.stall = 20 * time.Millisecond
	started := time.Now()
	if _, err := c.plan(context.Background()); exitOf(err) != exitGaveUp || time.Since(started) > 10*time.Second {
		t.Fatal(err)
	}
}

func TestEach(t *testing.T) {
	items := make([]int, 100)
	var done atomic.Int32
	if err := each(context.Background(), items, func(context.Context, int) error { done.Add(1); return nil }); err != nil || done.Load() != 100 {
		t.Fatal(err, done.Load())
	}
	done.Store(0)
	bad := errors.New("bad")
	err := each(context.Background(), items, func(context.Context, int) error {
		if done.Add(1) == 3 {
			return bad
		}
		return nil
	})
	if !errors.Is(err, bad) || done.Load() > 3+2*atOnce {
		t.Fatal(err, done.Load())
	}
	if err := each(context.Background(), []int{}, func(context.Context, int) error { return bad }); err != nil {
		t.Fatal(err)
	}
}

func TestMovingTellsOfEachByte(t *testing.T) {
	total := 0
	text, err := io.ReadAll(&moving{strings.NewReader("hello"), func(n int) { total += n }})
	if err != nil || string(text) != "hello" || total != 5 {
		t.Fatal(string(text), total, err)
	}
}
