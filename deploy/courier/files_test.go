package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func planWith(files ...placed) string {
	text, _ := json.Marshal(map[string]any{
		"inputs": []any{map[string]any{"name": "data", "files": files}}, "params": map[string]any{}, "outputs": []string{}, "checkpoint": []any{},
	})
	return string(text)
}

func TestInside(t *testing.T) {
	for _, fine := range []string{"a", "a/b", "ü/😀", "..a", "a..", "a b", `a\b`, ".hidden"} {
		if !inside(fine) {
			t.Errorf("%q was refused", fine)
		}
	}
	for _, bad := range []string{"", ".", "..", "../a", "a/..", "a/../b", "/a", "a//b", "a/", "./a", "a/./b", "a\x00"} {
		if inside(bad) {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzInsideNeverLeaves(f *testing.F) {
	for _, seed := range []string{"a/b", "../x", "/etc", "a/../../b", "..", "a\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !inside(name) {
			return
		}
		joined := filepath.Join("/in/data", name)
		if !strings.HasPrefix(joined, "/in/data/") || joined != "/in/data/"+name {
			t.Fatalf("%q became %q", name, joined)
		}
	})
}

// A plan that names a path outside is refused before anything is written.
func TestFetchStaysInItsFolders(t *testing.T) {
	content := []byte("x")
	for _, bad := range []string{"../../escaped", "/escaped", "a/../../escaped"} {
		c, _ := testClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, planWith(placed{file{bad, hashOf(content), 1}, "/x"}))
		}))
		var no *refused
		if err := fetch(context.Background(), c); !errors.As(err, &no) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	// A link that somebody left in the volume leads nowhere either.
	c, _ := testClient(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/plan") {
			fmt.Fprint(w, planWith(placed{file{"link/escaped", hashOf(content), 1}, "/blob"}))
			return
		}
		_, _ = w.Write(content)
	}))
	outside := t.TempDir()
	_ = os.MkdirAll(filepath.Join(c.root, "in/data"), 0o755)
	_ = os.Symlink(outside, filepath.Join(c.root, "in/data/link"))
	if err := fetch(context.Background(), c); err == nil {
		t.Fatal("it followed a link out of /in")
	}
	if entries, _ := os.ReadDir(outside); len(entries) > 0 {
		t.Fatal("it wrote outside")
	}
}

// A server that cannot resume, one that cuts, and one whose signed addresses grow old: the file is whole in the end.
func TestDownloads(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	for name, handle := range map[string]func(int, http.ResponseWriter, *http.Request){
		"cuts": func(asked int, w http.ResponseWriter, r *http.Request) {
			var from int
			_, _ = fmt.Sscanf(r.Header.Get("range"), "bytes=%d-", &from)
			w.Header().Set("content-length", fmt.Sprint(len(content)-from))
			if from > 0 {
				w.Header().Set("content-range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
				w.WriteHeader(http.StatusPartialContent)
			}
			_, _ = w.Write(content[from:min(from+300_000, len(content))])
		},
		"ignores ranges": func(asked int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("content-length", fmt.Sprint(len(content)))
			end := len(content)
			if asked < 3 {
				end = 100_000
			}
			_, _ = w.Write(content[:end])
		},
		"expires": func(asked int, w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("plan") == "1" {
				w.WriteHeader(http.StatusForbidden)
				fmt.Fprint(w, "<Error><Code>AccessDenied</Code></Error>")
				return
			}
			_, _ = w.Write(content)
		},
		"damages once": func(asked int, w http.ResponseWriter, _ *http.Request) {
			if asked == 1 {
				_, _ = w.Write(bytes.Repeat([]byte("x"), len(content)))
				return
			}
			_, _ = w.Write(content)
		},
		"sends too much once": func(asked int, w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(content)
			if asked == 1 {
				_, _ = w.Write(content)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var asked, plans atomic.Int32
			bucket := serve(t, func(w http.ResponseWriter, r *http.Request) { handle(int(asked.Add(1)), w, r) })
			c, said := testClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
				address := fmt.Sprintf("%s/key?plan=%d", bucket, plans.Add(1))
				fmt.Fprint(w, planWith(placed{file{"deep/big", hashOf(content), int64(len(content))}, address}))
			}))
			if err := fetch(context.Background(), c); err != nil {
				t.Fatal(err, said.String())
			}
			got, _ := os.ReadFile(filepath.Join(c.root, "in/data/deep/big"))
			if !bytes.Equal(got, content) {
				t.Fatal("other bytes")
			}
		})
	}
}

func TestDamagedForEverIsRefused(t *testing.T) {
	var asked atomic.Int32
	c, _ := testClient(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/plan") {
			fmt.Fprint(w, planWith(placed{file{"big", hashOf([]byte("right")), 5}, "/blob"}))
			return
		}
		asked.Add(1)
		fmt.Fprint(w, "wrong")
	}))
	if err := fetch(context.Background(), c); exitOf(err) != exitRefused || asked.Load() != maxDamaged+1 {
		t.Fatal(err, asked.Load())
	}
	if _, err := os.Stat(filepath.Join(c.root, "in/data/big")); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("wrong bytes were placed")
	}
}

// platform is a store by addresses of its own, some of which are too old.
type platform struct {
	mutex   sync.Mutex
	blobs   map[string][]byte
	posted  map[string]string
	expired int
	lost    int // replies that never arrive
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch {
	case strings.HasSuffix(r.URL.Path, "/offer"):
		var offer struct{ Files []blob }
		_ = json.Unmarshal(body, &offer)
		list := []wanted{}
		for _, f := range offer.Files {
			if _, known := p.blobs[f.SHA256]; !known {
				list = append(list, wanted{f.SHA256, "http://" + r.Host + "/signed/" + f.SHA256, map[string]string{"x-check": f.SHA256}})
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"wanted": list})
	case strings.HasPrefix(r.URL.Path, "/signed/"):
		if p.expired > 0 {
			p.expired--
			w.WriteHeader(http.StatusForbidden)
			return
		}
		name := strings.TrimPrefix(r.URL.Path, "/signed/")
		if hashOf(body) != name || r.Header.Get("x-check") != name || r.Header.Get("authorization") != "" {
			w.WriteHeader(http.StatusConflict)
			return
		}
		p.blobs[name] = body
		if p.lost > 0 {
			p.lost--
			panic(http.ErrAbortHandler)
		}
	default:
		p.posted[r.URL.Path] = string(body)
		fmt.Fprint(w, "{}")
	}
}

func TestUploads(t *testing.T) {
	p := &platform{blobs: map[string][]byte{}, posted: map[string]string{}, expired: 2, lost: 3}
	c, said := testClient(t, serve(t, p.ServeHTTP))
	folder := filepath.Join(c.root, "out/model")
	_ = os.MkdirAll(folder, 0o755)
	for at := range 30 {
		_ = os.WriteFile(filepath.Join(folder, fmt.Sprint(at)), []byte(strings.Repeat("x", at%20)), 0o644)
	}
	s := &sender{client: c, hashes: map[string]hashed{}, told: map[string]blob{}, seen: map[string]look{}}
	s.out, _ = open(c.settings, "out")
	s.kept, _ = open(c.settings, "checkpoint")
	if err := s.finish(context.Background(), []string{"model", "absent"}); err != nil {
		t.Fatal(err, said.String())
	}
	var posted struct {
		Name  string
		Files []file
	}
	_ = json.Unmarshal([]byte(p.posted["/courier/a/outputs"]), &posted)
	if posted.Name != "model" || len(posted.Files) != 30 || len(p.blobs) != 20 || len(p.posted) != 1 {
		t.Fatal(posted, len(p.blobs), p.posted)
	}
	for _, f := range posted.Files {
		if int64(len(p.blobs[f.SHA256])) != f.Bytes {
			t.Fatal(f)
		}
	}
}

func TestAFileThatChangesIsReadAgainAtTheEndOnly(t *testing.T) {
	c, _ := testClient(t, "http://127.0.0.1:1")
	s := &sender{client: c, hashes: map[string]hashed{}}
	s.kept, _ = open(c.settings, "checkpoint")
	path := filepath.Join(c.root, "checkpoint/a")
	_ = os.WriteFile(path, []byte("one"), 0o644)
	files, _, err := lookAt(s.kept, ".", partsFolder)
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	_ = os.WriteFile(path, []byte("two, longer"), 0o644)
	if _, err := s.hash(s.kept, files[0], 1); !errors.Is(err, errChanged) {
		t.Fatal(err)
	}
	done, err := s.hash(s.kept, files[0], maxChanged)
	if err != nil || done.SHA256 != hashOf([]byte("two, longer")) || done.Bytes != 11 {
		t.Fatal(done, err)
	}
}

// What lies at a path may be another thing when it is opened: only the file that was seen is read.
func TestOnlyTheFileThatWasSeenIsOpened(t *testing.T) {
	c, _ := testClient(t, "http://127.0.0.1:1")
	root, _ := open(c.settings, "out")
	path := filepath.Join(c.root, "out/a")
	_ = os.WriteFile(path, []byte("seen"), 0o644)
	_ = os.WriteFile(filepath.Join(c.root, "secret"), []byte("secret"), 0o644)
	seen, _ := root.Lstat("a")
	_ = os.Rename(path, path+"-kept")
	for _, target := range []string{"../secret", "a-kept-not", "/dev/zero"} {
		_ = os.Remove(path)
		_ = os.Symlink(target, path)
		if file, err := openSeen(root, "a", seen); err == nil {
			file.Close()
			t.Errorf("it opened %q", target)
		}
	}
	_ = os.Remove(path)
	_ = os.WriteFile(path, []byte("other"), 0o644)
	if _, err := openSeen(root, "a", seen); !errors.Is(err, errChanged) {
		t.Error(err)
	}
}
