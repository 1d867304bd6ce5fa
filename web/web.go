// Package web embeds what browsers get: the start page, the mini-program as it is built for browsers (dist/m, from miniprogram/), the
// back office (dist/admin, from web/admin/), and plain pages for desk work. It holds files and their addresses; HTTP and rules don't
// belong here.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed start plain all:dist
var files embed.FS

// versionMark stands in a page where the version of its assets belongs.
const versionMark = "{{version}}"

// Site is the embedded files under one version. A new build with another
// content has another version, so that an asset may be kept for ever.
type Site struct {
	files   fs.FS
	version string
}

// Open reads all files once, to name their version.
func Open() (*Site, error) {
	digest := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(digest, "%s %d\n", name, len(body))
		digest.Write(body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the embedded pages: %w", err)
	}
	return &Site{files: files, version: hex.EncodeToString(digest.Sum(nil)[:8])}, nil
}

// Page is an HTML page whose links lead to this version's assets.
// A page that is not there is fs.ErrNotExist.
func (s *Site) Page(name string) ([]byte, error) {
	body, err := fs.ReadFile(s.files, name)
	if err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(body, []byte(versionMark), []byte(s.version)), nil
}

// Asset is a file that a page refers to, and whether it may be kept for ever:
// not if another version was asked for, as happens while instances of two
// versions run side by side. A page or a folder is no asset: fs.ErrNotExist.
func (s *Site) Asset(version, name string) (body []byte, lasting bool, err error) {
	if path.Ext(name) == ".html" || !fs.ValidPath(name) {
		return nil, false, fs.ErrNotExist
	}
	info, err := fs.Stat(s.files, name)
	if err != nil || info.IsDir() {
		return nil, false, fs.ErrNotExist
	}
	body, err = fs.ReadFile(s.files, name)
	return body, version == s.version, err
}

// Built is a file of a front end that its own build has made, and whether it may be kept for ever: what lies in its folder assets has its
// content's hash in its name. The empty name is its page. What is not there is fs.ErrNotExist.
func (s *Site) Built(front, name string) (body []byte, lasting bool, err error) {
	if name == "" {
		name = "index.html"
	}
	full := path.Join("dist", front, name)
	info, err := fs.Stat(s.files, full)
	if err != nil || info.IsDir() || !fs.ValidPath(name) {
		return nil, false, fs.ErrNotExist
	}
	body, err = fs.ReadFile(s.files, full)
	return body, strings.HasPrefix(name, "assets/"), err
}
