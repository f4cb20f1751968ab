package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sort"
	"syscall"
	"unicode/utf8"
)

// found is a regular file of a volume, as it was when it was looked at.
type found struct {
	path string // from the volume's root
	name string // as the platform is told
	info fs.FileInfo
}

// same says whether nothing was written in between.
func (f found) same(info fs.FileInfo) bool {
	return os.SameFile(f.info, info) && f.info.Size() == info.Size() && f.info.ModTime().Equal(info.ModTime())
}

// other is what is never sent: links, devices, pipes and sockets.
type other struct {
	path string
	kind string
}

// lookAt lists the regular files below a folder in the order of their names. Links are not followed, as on the local
// executor; a name that is not UTF-8 cannot be told to the platform and is an error.
func lookAt(root *os.Root, folder string, skip string) (files []found, others []other, err error) {
	var walk func(at, name string) error
	walk = func(at, name string) error {
		entries, err := readFolder(root, at)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if name == "" && entry.Name() == skip {
				continue
			}
			inner, told := path.Join(at, entry.Name()), path.Join(name, entry.Name())
			if !utf8.ValidString(entry.Name()) {
				return fmt.Errorf("the name of %q is not UTF-8", inner)
			}
			switch kind := entry.Type(); {
			case kind.IsDir():
				if err := walk(inner, told); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			case kind.IsRegular():
				info, err := root.Lstat(inner)
				if errors.Is(err, fs.ErrNotExist) {
					continue // removed since
				}
				if err != nil {
					return err
				}
				files = append(files, found{inner, told, info})
			default:
				others = append(others, other{inner, kindOf(kind)})
			}
		}
		return nil
	}
	err = walk(folder, "")
	sort.Slice(files, func(a, b int) bool { return files[a].name < files[b].name })
	return files, others, err
}

func readFolder(root *os.Root, name string) ([]os.DirEntry, error) {
	folder, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return folder.ReadDir(-1)
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "link"
	case mode&fs.ModeNamedPipe != 0:
		return "pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}

// openSeen opens the very file that was seen: not what somebody put in its place, and never a pipe that would block.
func openSeen(root *os.Root, name string, seen fs.FileInfo) (*os.File, error) {
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && (!info.Mode().IsRegular() || !os.SameFile(info, seen)) {
		err = errChanged
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

var errChanged = errors.New("the file changed while it was read")

func hashFile(root *os.Root, name string, seen fs.FileInfo) (string, int64, error) {
	file, err := openSeen(root, name, seen)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	digest := sha256.New()
	size, err := io.CopyBuffer(digest, onlyReader{file}, make([]byte, pieceBytes))
	if err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(digest.Sum(nil)), size, nil
}
