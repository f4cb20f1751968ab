package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

const (
	// Half-loaded files lie here, in the volume that they are meant for, until they are whole.
	partsFolder = ".courier-parts"
	paramsFile  = "params.json"
	pieceBytes  = 256 << 10
	// Bytes that came whole and wrong are not asked for without end.
	maxDamaged = 3
	maxExpired = 3
)

// want is bytes to be had once, and where they are to lie.
type want struct {
	blob
	url     string
	root    *os.Root
	targets []string
	// Files of a checkpoint are written to by the component: each is one of its own.
	own bool
}

func fetch(ctx context.Context, c *client) error {
	p, err := c.plan(ctx)
	if err != nil {
		return err
	}
	in, err := open(c.settings, "in")
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := open(c.settings, "out")
	if err != nil {
		return err
	}
	defer out.Close()
	kept, err := open(c.settings, "checkpoint")
	if err != nil {
		return err
	}
	defer kept.Close()
	data, err := open(c.settings, "data")
	if err != nil {
		return err
	}
	defer data.Close()

	wants, err := wantsOf(p, in, data, kept)
	if err != nil {
		return err
	}
	// params.json is written last: when it lies there, this pod was served before and the component may have gone on.
	if params, err := in.ReadFile(paramsFile); err == nil && bytes.Equal(params, p.Params) {
		wants = slices.DeleteFunc(wants, func(w *want) bool { return w.root == kept })
		c.log.say("served_before", nil)
	}
	for _, input := range p.Inputs {
		if err := in.MkdirAll(input.Name, 0o775); err != nil {
			return err
		}
	}
	addresses := &addresses{client: c, known: map[string]string{}}
	addresses.learn(p)
	if err := each(ctx, wants, func(ctx context.Context, w *want) error {
		return c.place(ctx, w, addresses)
	}); err != nil {
		return err
	}
	for _, root := range []*os.Root{in, data, kept} {
		// Asked first: a volume that is read-only refuses even to remove what is not there.
		if _, err := root.Lstat(partsFolder); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := root.RemoveAll(partsFolder); err != nil {
			return err
		}
	}
	if err := writeWhole(in, paramsFile, p.Params); err != nil {
		return err
	}
	for _, input := range p.Inputs {
		c.log.say("input", fields{"name": input.Name, "files": len(input.Files), "bytes": total(input.Files)})
	}
	if len(p.Data) > 0 {
		c.log.say("data", fields{"files": len(p.Data), "bytes": total(p.Data)})
	}
	if len(p.Checkpoint) > 0 {
		c.log.say("checkpoint", fields{"files": len(p.Checkpoint), "bytes": total(p.Checkpoint)})
	}
	return nil
}

func total(files []placed) (bytes int64) {
	for _, f := range files {
		bytes += f.Bytes
	}
	return bytes
}

// wantsOf joins files with the same bytes; a path that would leave its folder is refused before anything is written.
func wantsOf(p *plan, in, data, kept *os.Root) ([]*want, error) {
	var all []*want
	add := func(root *os.Root, folder string, files []placed) error {
		own := root == kept
		known := map[string]*want{}
		for _, w := range all {
			if w.root == root {
				known[w.SHA256] = w
			}
		}
		for _, f := range files {
			if !inside(f.Path) || len(f.SHA256) != 64 || f.Bytes < 0 {
				return &refused{text: fmt.Sprintf("the plan names a file that cannot be: %q", path.Join(folder, f.Path))}
			}
			w := known[f.SHA256]
			if w == nil {
				w = &want{blob: blob{f.SHA256, f.Bytes}, url: f.URL, root: root, own: own}
				known[f.SHA256] = w
				all = append(all, w)
			}
			w.targets = append(w.targets, path.Join(folder, f.Path))
		}
		return nil
	}
	for _, input := range p.Inputs {
		if !inside(input.Name) || strings.Contains(input.Name, "/") || input.Name == paramsFile || input.Name == partsFolder {
			return nil, &refused{text: fmt.Sprintf("the plan names an input that cannot be: %q", input.Name)}
		}
		if err := add(in, input.Name, input.Files); err != nil {
			return nil, err
		}
	}
	if err := add(data, "", p.Data); err != nil {
		return nil, err
	}
	return all, add(kept, "", p.Checkpoint)
}

// inside says whether a path stays in its folder, by its text alone.
func inside(name string) bool {
	if name == "" || strings.ContainsRune(name, 0) || !filepath.IsLocal(name) {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

// addresses are asked for again when signed ones have grown old.
type addresses struct {
	client *client
	mutex  sync.Mutex
	known  map[string]string
}

func (a *addresses) learn(p *plan) {
	for _, input := range p.Inputs {
		for _, f := range input.Files {
			a.known[f.SHA256] = f.URL
		}
	}
	for _, f := range p.Data {
		a.known[f.SHA256] = f.URL
	}
	for _, f := range p.Checkpoint {
		a.known[f.SHA256] = f.URL
	}
}

func (a *addresses) of(sha256 string) string {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.known[sha256]
}

// renew gives another address than the old one, which somebody else may have renewed already.
func (a *addresses) renew(ctx context.Context, sha256, old string) error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.known[sha256] != old {
		return nil
	}
	p, err := a.client.plan(ctx)
	if err != nil {
		return err
	}
	a.learn(p)
	return nil
}

// place brings the bytes to all their paths; what is there already is left as it is.
func (c *client) place(ctx context.Context, w *want, known *addresses) error {
	open := slices.DeleteFunc(slices.Clone(w.targets), func(target string) bool { return holds(w.root, target, w.blob) })
	if len(open) == 0 {
		return nil
	}
	if err := w.root.MkdirAll(partsFolder, 0o775); err != nil {
		return &localError{err}
	}
	name := path.Join(partsFolder, w.SHA256)
	part, err := openPart(w, name)
	if err != nil {
		return &localError{err}
	}
	defer part.file.Close()
	damaged, expired := 0, 0
	for {
		address := known.of(w.SHA256)
		err := c.retry(ctx, "file "+w.targets[0], func(moved func()) error {
			return c.download(ctx, part, address, moved)
		})
		if err == nil {
			break
		}
		if errors.Is(err, errDamaged) && damaged < maxDamaged {
			damaged++
			c.log.say("damaged", fields{"file": w.targets[0], "time": damaged})
			continue
		}
		if errors.Is(err, errExpired) && expired < maxExpired {
			expired++
			if err := known.renew(ctx, w.SHA256, address); err != nil {
				return err
			}
			continue
		}
		return fmt.Errorf("%s: %w", w.targets[0], err)
	}
	// A full disk may tell of itself only here.
	if err := part.file.Close(); err != nil {
		return &localError{err}
	}
	for _, target := range open {
		if err := w.root.MkdirAll(path.Dir(target), 0o775); err != nil {
			return &localError{err}
		}
	}
	for at, target := range slices.Backward(open) {
		var err error
		switch {
		case at == 0:
			err = w.root.Rename(name, target)
		case w.own:
			err = copyWithin(w.root, name, target)
		default:
			if err = w.root.Remove(target); errors.Is(err, os.ErrNotExist) {
				err = nil
			}
			if err == nil {
				err = w.root.Link(name, target)
			}
		}
		if err != nil {
			return &localError{err}
		}
	}
	return nil
}

var errDamaged = &localError{errors.New("the bytes that came are not the ones that were stored")}

// part is a file that is being loaded: so many bytes are on the disk, with this hash so far.
type part struct {
	*want
	file   *os.File
	digest hash.Hash
	have   int64
}

// openPart goes on with what an earlier process left, which is hashed again: nothing else tells what it is.
func openPart(w *want, name string) (*part, error) {
	file, err := w.root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o664)
	if err != nil {
		return nil, err
	}
	p := &part{want: w, file: file, digest: sha256.New()}
	if p.have, err = io.CopyBuffer(p.digest, onlyReader{file}, make([]byte, pieceBytes)); err == nil && p.have > w.Bytes {
		err = p.restart()
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return p, nil
}

func (p *part) restart() error {
	p.digest.Reset()
	p.have = 0
	if err := p.file.Truncate(0); err != nil {
		return err
	}
	_, err := p.file.Seek(0, io.SeekStart)
	return err
}

func (p *part) damaged() error {
	if err := p.restart(); err != nil {
		return &localError{err}
	}
	return errDamaged
}

// download goes on where the part ends. It never holds more than a piece.
func (c *client) download(ctx context.Context, p *part, address string, moved func()) error {
	if p.have < p.Bytes {
		if err := c.append(ctx, p, address, moved); err != nil {
			return err
		}
	}
	if p.have < p.Bytes {
		return io.ErrUnexpectedEOF
	}
	if p.have > p.Bytes || hex.EncodeToString(p.digest.Sum(nil)) != p.SHA256 {
		return p.damaged()
	}
	return nil
}

func (c *client) append(ctx context.Context, p *part, address string, moved func()) error {
	inner, more, done := watch(ctx, c.stall)
	defer done()
	headers := map[string]string{}
	if p.have > 0 {
		headers["range"] = fmt.Sprintf("bytes=%d-", p.have)
	}
	response, err := c.do(inner, http.MethodGet, address, nil, 0, headers)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if p.have > 0 {
		wish := fmt.Sprintf("bytes %d-", p.have)
		switch {
		case response.StatusCode == http.StatusPartialContent && strings.HasPrefix(response.Header.Get("content-range"), wish):
			c.log.say("resumed", fields{"file": p.targets[0], "at": p.have})
		case response.StatusCode == http.StatusOK:
			// Ranges are not served there: from the beginning.
			if err := p.restart(); err != nil {
				return &localError{err}
			}
		default:
			return &refused{response.StatusCode, "answered with another part of the file than was asked for"}
		}
	}
	buffer := make([]byte, pieceBytes)
	for p.have <= p.Bytes {
		n, failed := response.Body.Read(buffer)
		if n > 0 {
			more(c.stall)
			if _, err := p.file.Write(buffer[:n]); err != nil {
				return &localError{err}
			}
			p.digest.Write(buffer[:n])
			p.have += int64(n)
			moved()
		}
		if failed == io.EOF {
			return nil
		}
		if failed != nil {
			if cause := context.Cause(inner); cause != nil {
				failed = cause
			}
			return failed
		}
	}
	return nil
}

// onlyReader hides what would let io.Copy go another way than by our buffer.
type onlyReader struct{ io.Reader }

// holds says whether exactly these bytes lie there.
func holds(root *os.Root, name string, b blob) bool {
	info, err := root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != b.Bytes {
		return false
	}
	sum, size, err := hashFile(root, name, info)
	return err == nil && size == b.Bytes && sum == b.SHA256
}

func copyWithin(root *os.Root, from, to string) error {
	source, err := root.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := root.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o664)
	if err != nil {
		return err
	}
	if _, err = io.Copy(target, source); err != nil {
		target.Close()
		return err
	}
	return target.Close()
}

// writeWhole writes beside and renames: the file is whole or absent.
func writeWhole(root *os.Root, name string, content []byte) error {
	part := name + ".part"
	if err := root.WriteFile(part, content, 0o664); err != nil {
		return err
	}
	return root.Rename(part, name)
}
