package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A file of an input, an output or a checkpoint.
type file struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

type placed struct {
	file
	URL string `json:"url"`
}

type plan struct {
	Inputs []struct {
		Name  string   `json:"name"`
		Files []placed `json:"files"`
	} `json:"inputs"`
	Params     json.RawMessage `json:"params"` // canonical JSON, written as it stands
	Outputs    []string        `json:"outputs"`
	Data       []placed        `json:"data"`
	Checkpoint []placed        `json:"checkpoint"`
}

type blob struct {
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

type wanted struct {
	SHA256  string            `json:"sha256"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

// refused: the same again will be refused again.
type refused struct {
	status int
	text   string
}

func (r *refused) Error() string { return r.text }

// gaveUp: it might have worked later.
type gaveUp struct{ last error }

func (g *gaveUp) Error() string { return "gave up: " + tell(g.last) }
func (g *gaveUp) Unwrap() error { return g.last }

// later: worth another try, not before `wait`.
type later struct {
	text string
	wait time.Duration
}

func (l *later) Error() string { return l.text }

// expired: a signed address is good no more; a new one may be had.
var errExpired = errors.New("the signed address is no longer good")

func exitOf(err error) int {
	var late *gaveUp
	if errors.As(err, &late) || errors.Is(err, context.Canceled) {
		return exitGaveUp
	}
	return exitRefused
}

// tell says an error without addresses: they may be signed.
func tell(err error) string {
	var inner *url.Error
	if errors.As(err, &inner) {
		return inner.Op + ": " + tell(inner.Err)
	}
	return err.Error()
}

type client struct {
	settings
	log  *logger
	http *http.Client
	base time.Duration // the first wait before another try
}

const (
	minTries = 5

	connectTime = 10 * time.Second
	// After the last byte the platform syncs it, or hands it on to a bucket.
	storeTime = 15 * time.Minute
)

func newClient(s settings, log *logger) *client {
	dialer := &net.Dialer{Timeout: connectTime, KeepAlive: 15 * time.Second}
	return &client{
		settings: s,
		log:      log,
		base:     500 * time.Millisecond,
		http: &http.Client{
			// A token goes where it was meant to go, and nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				Proxy:               http.ProxyFromEnvironment,
				DialContext:         dialer.DialContext,
				TLSHandshakeTimeout: connectTime,
				DisableCompression:  true,
				MaxIdleConnsPerHost: 2 * atOnce,
				IdleConnTimeout:     30 * time.Second,
				ReadBufferSize:      64 << 10,
				WriteBufferSize:     64 << 10,
			},
		},
	}
}

// retry tries until it is done or refused, or until nothing has moved for as long as its patience lasts; how long a try
// takes before it breaks does not count, so that one large upload may be cut and sent again.
func (c *client) retry(ctx context.Context, what string, try func(moved func()) error) error {
	var since time.Time // of the first failure after the last progress
	tries := 0
	for {
		progress := false
		err := try(func() { progress = true })
		if err == nil || errors.Is(err, errExpired) {
			return err
		}
		var no *refused
		var local *localError
		if errors.As(err, &no) || errors.As(err, &local) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if progress || tries == 0 {
			since, tries = time.Now(), 0
		}
		wait := c.backoff(tries)
		tries++
		var asked *later
		if errors.As(err, &asked) {
			wait = max(wait, min(asked.wait, time.Minute))
		}
		if tries >= minTries && time.Since(since)+wait > c.patience {
			return &gaveUp{err}
		}
		c.log.say("retry", fields{"what": what, "error": tell(err), "waitMs": wait.Milliseconds()})
		pause(ctx, wait)
	}
}

// backoff doubles up to half a minute; the jitter keeps a thousand couriers from coming back at once.
func (c *client) backoff(tries int) time.Duration {
	most := min(c.base<<min(tries, 10), 30*time.Second)
	return most/4 + rand.N(most*3/4+1)
}

// localError: a fault of this pod (no space, no permission), which no server can mend.
type localError struct{ error }

func (l *localError) Unwrap() error { return l.error }

// watch ends a request that moves nothing for so long; each move gives it more time.
func watch(ctx context.Context, span time.Duration) (context.Context, func(time.Duration), func()) {
	inner, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(span, func() { cancel(errors.New("the connection was silent for too long")) })
	return inner, func(more time.Duration) { timer.Reset(more) }, func() {
		timer.Stop()
		cancel(nil)
	}
}

// do sends a request; the token goes only to the platform itself, which relative addresses mean.
func (c *client) do(ctx context.Context, method, address string, body io.Reader, length int64, headers map[string]string) (*http.Response, error) {
	own := strings.HasPrefix(address, "/")
	if own {
		address = c.url + address
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, &refused{text: "an address that cannot be asked"}
	}
	request.ContentLength = length
	request.Header.Set("user-agent", "autodidact-courier/"+version)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	if own {
		request.Header.Set("authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
			return nil, cause
		}
		return nil, err
	}
	if response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close()
	return nil, c.complaint(response, own)
}

var xmlCode = regexp.MustCompile(`<Code>([A-Za-z0-9.]{1,64})</Code>`)

func (c *client) complaint(response *http.Response, own bool) error {
	text, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
	status := response.StatusCode
	said := fmt.Sprintf("answered %d", status)
	var body struct{ Code, Message string }
	if json.Unmarshal(text, &body) == nil && body.Message != "" {
		said += ": " + body.Message
	} else if code := xmlCode.FindSubmatch(text); code != nil {
		said += ": " + string(code[1])
	}
	switch {
	case status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		seconds, _ := strconv.Atoi(response.Header.Get("retry-after"))
		return &later{said, time.Duration(seconds) * time.Second}
	case !own && (status == http.StatusForbidden || status == http.StatusUnauthorized || status == http.StatusBadRequest):
		return fmt.Errorf("%w (%s)", errExpired, said)
	case status >= 300 && status < 400:
		said += ": COURIER_URL must be the address itself, without redirects"
	}
	return &refused{status, said}
}

// call is a small exchange of JSON with the platform, tried until it is answered.
func (c *client) call(ctx context.Context, method, action string, body, answer any) error {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return err
		}
	}
	return c.retry(ctx, action, func(func()) error {
		// Thousands of files are looked up before the first byte of an answer.
		inner, more, done := watch(ctx, 5*c.stall)
		defer done()
		headers := map[string]string{}
		var reader io.Reader
		if payload != nil {
			headers["content-type"] = "application/json"
			reader = &moving{from: bytes.NewReader(payload), move: func(int) { more(5 * c.stall) }}
		}
		response, err := c.do(inner, method, "/courier/"+c.attempt+"/"+action, reader, int64(len(payload)), headers)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if answer == nil {
			_, err = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
			return err
		}
		return json.NewDecoder(&moving{from: response.Body, move: func(int) { more(5 * c.stall) }}).Decode(answer)
	})
}

func (c *client) plan(ctx context.Context) (*plan, error) {
	var p plan
	if err := c.call(ctx, http.MethodGet, "plan", nil, &p); err != nil {
		return nil, err
	}
	return &p, nil
}

// moving tells of each piece that passes.
type moving struct {
	from io.Reader
	move func(int)
}

func (m *moving) Read(into []byte) (int, error) {
	n, err := m.from.Read(into)
	if n > 0 {
		m.move(n)
	}
	return n, err
}

// each does the work for all items, a few at once; the first error stops the rest.
func each[T any](ctx context.Context, items []T, work func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan T)
	var group sync.WaitGroup
	for range min(atOnce, len(items)) {
		group.Go(func() {
			for item := range queue {
				if err := work(ctx, item); err != nil {
					cancel(err)
				}
			}
		})
	}
feed:
	for _, item := range items {
		select {
		case queue <- item:
		case <-ctx.Done():
			break feed
		}
	}
	close(queue)
	group.Wait()
	return context.Cause(ctx)
}

const atOnce = 4
