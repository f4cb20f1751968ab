package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path"
	"slices"
	"sync"
	"time"
)

const (
	maxOffers  = 1000
	maxChanged = 3
)

type sender struct {
	*client
	out, kept *os.Root
	// Hashes of files that did not change since: a checkpoint of 10 GB is not read three times a minute.
	hashes map[string]hashed
	mutex  sync.Mutex
	// What the platform has as this step's checkpoint; a file list by path.
	told map[string]blob
	// An empty checkpoint is told only by who has seen a full one: else a wrong mount would wipe it.
	full bool
	// Where the checkpoint's files were when they were last looked at.
	seen  map[string]look
	ended bool
}

// look is a file and since when it was found unchanged, by our own looks: times of files can be set at will.
type look struct {
	found
	since time.Time
}

type hashed struct {
	found
	blob
}

// local is a file of ours with its hash, ready to be sent.
type local struct {
	root *os.Root
	hashed
}

// send copies the checkpoint while the component runs; once the pod ends (SIGTERM) it delivers the outputs.
func send(ended context.Context, c *client) error {
	s := &sender{client: c, hashes: map[string]hashed{}, told: map[string]blob{}, seen: map[string]look{}}
	var err error
	if s.out, err = open(c.settings, "out"); err != nil {
		return err
	}
	defer s.out.Close()
	if s.kept, err = open(c.settings, "checkpoint"); err != nil {
		return err
	}
	defer s.kept.Close()

	var p *plan
	for p == nil && ended.Err() == nil {
		if p, err = c.plan(ended); err != nil && ended.Err() == nil {
			// A sidecar that ends is started again, over and over: the end is the time to fail.
			c.log.say("no_plan", fields{"error": tell(err)})
			pause(ended, c.every)
		}
	}
	if p != nil {
		s.know(p)
	}
	c.log.say("ready", nil)
	for ended.Err() == nil {
		pause(ended, c.every)
		if ended.Err() != nil || s.ended {
			continue
		}
		if err := s.checkpoint(ended, false); err != nil && ended.Err() == nil {
			c.log.say("checkpoint_kept_back", fields{"error": tell(err)})
			var no *refused
			if errors.As(err, &no) && no.status == http.StatusGone {
				s.ended = true
			}
		}
	}

	// From here on nobody writes any more; only the pod's grace period ends this.
	c.log.say("ending", nil)
	ctx := context.Background()
	if p == nil {
		if p, err = c.plan(ctx); err != nil {
			return err
		}
		s.know(p)
	}
	return s.finish(ctx, p.Outputs)
}

func pause(ctx context.Context, span time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(span):
	}
}

func (s *sender) know(p *plan) {
	for _, f := range p.Checkpoint {
		s.told[f.Path] = blob{f.SHA256, f.Bytes}
	}
}

// finish sends the outputs first when all are there: the step is likely done and needs no checkpoint. Otherwise it was
// stopped, and the checkpoint is what counts.
func (s *sender) finish(ctx context.Context, outputs []string) error {
	ready := map[string][]found{}
	var failed error
	for _, name := range outputs {
		files, err := s.output(name)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("output %q: %w", name, err))
		} else if len(files) > 0 {
			ready[name] = files
		} else {
			s.log.say("no_output", fields{"name": name})
		}
	}
	last := func() error {
		err := s.checkpoint(ctx, true)
		if err != nil {
			s.log.say("checkpoint_kept_back", fields{"error": tell(err)})
		}
		return err
	}
	if len(ready) < len(outputs) {
		failed = errors.Join(failed, last())
	}
	for _, name := range slices.Sorted(maps.Keys(ready)) {
		if err := s.deliver(ctx, name, ready[name]); err != nil {
			failed = errors.Join(failed, fmt.Errorf("output %q: %w", name, err))
		}
	}
	if len(ready) == len(outputs) {
		// The outputs are safe: a lost checkpoint fails nothing any more.
		_ = last()
	}
	return failed
}

// output lists a declared output: a folder, or one file under its own name. No files, no output.
func (s *sender) output(name string) ([]found, error) {
	if !inside(name) {
		return nil, &refused{text: "the name leads out of its folder"}
	}
	info, err := s.out.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		// One that stays in /out is as good as what it leads to.
		if info, err = s.out.Stat(name); err != nil {
			s.log.say("not_sent", fields{"path": path.Join("out", name), "kind": "link that leads out of /out or nowhere"})
			return nil, nil
		}
	}
	switch {
	case info.IsDir():
		files, others, err := lookAt(s.out, name, "")
		for _, o := range others {
			s.log.say("not_sent", fields{"path": path.Join("out", o.path), "kind": o.kind})
		}
		return files, err
	case info.Mode().IsRegular():
		return []found{{name, path.Base(name), info}}, nil
	}
	s.log.say("not_sent", fields{"path": path.Join("out", name), "kind": kindOf(info.Mode())})
	return nil, nil
}

func (s *sender) deliver(ctx context.Context, name string, files []found) error {
	started := time.Now()
	all, err := s.upload(ctx, s.out, files, true)
	if err != nil {
		return err
	}
	list := listOf(all)
	if err := s.call(ctx, http.MethodPost, "outputs", fields{"name": name, "files": list}, nil); err != nil {
		return err
	}
	s.log.say("output", fields{"name": name, "files": len(list), "bytes": sum(list), "ms": time.Since(started).Milliseconds()})
	return nil
}

// checkpoint sends what changed, and replaces the list once every file of it is up and was left alone: a list of files
// of different moments would be no checkpoint. At the end nobody writes any more, so nothing has to settle.
func (s *sender) checkpoint(ctx context.Context, last bool) error {
	files, _, err := lookAt(s.kept, ".", partsFolder)
	if err != nil {
		return err
	}
	before, now := s.seen, time.Now()
	s.seen = map[string]look{}
	settled := files[:0:0]
	restless := ""
	for _, f := range files {
		seen := look{f, now}
		if old, known := before[f.path]; known && old.same(f.info) {
			seen.since = old.since
		}
		s.seen[f.path] = seen
		if last || now.Sub(seen.since) >= s.settle {
			settled = append(settled, f)
		} else {
			restless = f.name
		}
	}
	if len(files) > 0 {
		s.full = true
	}
	all, err := s.upload(ctx, s.kept, settled, last)
	if err != nil {
		return err
	}
	if restless != "" {
		s.log.say("checkpoint_unsettled", fields{"file": restless})
		return nil
	}
	if len(all) == 0 && !s.full {
		return nil
	}
	list := listOf(all)
	mine := map[string]blob{}
	for _, f := range list {
		mine[f.Path] = blob{f.SHA256, f.Bytes}
	}
	if maps.Equal(mine, s.told) {
		return nil
	}
	if err := s.call(ctx, http.MethodPost, "checkpoint", fields{"files": list}, nil); err != nil {
		return err
	}
	s.told = mine
	s.log.say("checkpoint", fields{"files": len(list), "bytes": sum(list)})
	return nil
}

func listOf(all []local) []file {
	list := make([]file, 0, len(all))
	for _, l := range all {
		list = append(list, file{l.name, l.SHA256, l.Bytes})
	}
	return list
}

func sum(list []file) (bytes int64) {
	for _, f := range list {
		bytes += f.Bytes
	}
	return bytes
}

// upload hashes the files and sends those that the store lacks. A file that changes meanwhile is read again only once
// nobody should write any more: before that, the next look at it is the better one.
func (s *sender) upload(ctx context.Context, root *os.Root, files []found, last bool) ([]local, error) {
	tries := 1
	if last {
		tries = maxChanged
	}
	all := make([]local, len(files))
	for at, f := range files {
		ready, err := s.hash(root, f, tries)
		if err != nil {
			return nil, err
		}
		all[at] = ready
	}
	for batch := range slices.Chunk(all, maxOffers) {
		if err := s.offer(ctx, batch); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func keyOf(root *os.Root, f found) string { return root.Name() + "\x00" + f.path }

func (s *sender) hash(root *os.Root, f found, tries int) (local, error) {
	key := keyOf(root, f)
	if old, known := s.hashes[key]; known && old.same(f.info) {
		old.found = f
		return local{root, old}, nil
	}
	for range tries {
		sha256, size, err := hashFile(root, f.path, f.info)
		if err != nil && !errors.Is(err, errChanged) {
			return local{}, err
		}
		// Stat, not Lstat: an output may be named by a link that stays inside.
		info, statErr := root.Stat(f.path)
		if statErr != nil {
			return local{}, statErr
		}
		if err == nil && f.same(info) && size == info.Size() {
			done := hashed{f, blob{sha256, size}}
			s.hashes[key] = done
			return local{root, done}, nil
		}
		f.info = info
	}
	return local{}, fmt.Errorf("%s: %w", f.path, errChanged)
}

// offer asks what the store lacks, sends that, and asks again: when it lacks nothing the batch is up.
func (s *sender) offer(ctx context.Context, batch []local) error {
	byHash := map[string]local{}
	blobs := []blob{}
	for _, l := range batch {
		if _, known := byHash[l.SHA256]; !known {
			blobs = append(blobs, l.blob)
		}
		byHash[l.SHA256] = l
	}
	fruitless := 0
	for lacked := len(blobs) + 1; ; {
		var answer struct{ Wanted []wanted }
		if err := s.call(ctx, http.MethodPost, "offer", fields{"files": blobs}, &answer); err != nil {
			return err
		}
		if len(answer.Wanted) == 0 {
			return nil
		}
		if len(answer.Wanted) < lacked {
			fruitless = 0
		} else if fruitless++; fruitless >= maxExpired {
			return &refused{text: "the store does not keep what is sent to it"}
		}
		lacked = len(answer.Wanted)
		var mutex sync.Mutex
		expired := false
		err := each(ctx, answer.Wanted, func(ctx context.Context, w wanted) error {
			l, known := byHash[w.SHA256]
			if !known {
				return &refused{text: "the platform wants a file that was not offered"}
			}
			err := s.put(ctx, l, w)
			if errors.Is(err, errExpired) {
				mutex.Lock()
				defer mutex.Unlock()
				expired = true
				s.log.say("expired", fields{"file": l.path, "error": tell(err)})
				return nil
			}
			return err
		})
		if err != nil {
			return err
		}
		// Stored by the platform itself, with their hash checked: no need to ask again.
		if !expired && !slices.ContainsFunc(answer.Wanted, func(w wanted) bool { return w.URL == "" || w.URL[0] != '/' }) {
			return nil
		}
	}
}

// put streams one file; when the connection breaks it asks whether the bytes are still wanted, then sends them again.
func (s *sender) put(ctx context.Context, l local, w wanted) error {
	broken := false
	return s.retry(ctx, "file "+l.path, func(moved func()) error {
		if broken {
			// The reply may be what was lost; or the server refused before it had read all, which breaks the connection too.
			var answer struct{ Wanted []wanted }
			if err := s.call(ctx, http.MethodPost, "offer", fields{"files": []blob{l.blob}}, &answer); err != nil {
				return err
			}
			if len(answer.Wanted) == 0 {
				return nil
			}
			w = answer.Wanted[0]
		}
		broken = true
		source, err := openSeen(l.root, l.path, l.info)
		if err != nil {
			return &localError{fmt.Errorf("%s: %w", l.path, err)}
		}
		defer source.Close()
		inner, more, done := watch(ctx, s.stall)
		defer done()
		left := l.Bytes
		body := &moving{from: onlyReader{source}, move: func(n int) {
			if left -= int64(n); left > 0 {
				more(s.stall)
			} else {
				more(max(storeTime, s.stall))
			}
		}}
		var sent *moving
		if l.Bytes > 0 {
			sent = body
		}
		response, err := s.send(inner, w, sent, l.Bytes)
		if err != nil {
			var no *refused
			if errors.As(err, &no) && no.status == http.StatusConflict {
				s.mutex.Lock()
				delete(s.hashes, keyOf(l.root, l.found))
				s.mutex.Unlock()
				return &localError{fmt.Errorf("%s: %w", l.path, errChanged)}
			}
			return err
		}
		moved()
		return response.Body.Close()
	})
}

func (s *sender) send(ctx context.Context, w wanted, body *moving, length int64) (*http.Response, error) {
	if body == nil {
		return s.do(ctx, http.MethodPut, w.URL, http.NoBody, 0, w.Headers)
	}
	return s.do(ctx, http.MethodPut, w.URL, body, length, w.Headers)
}
