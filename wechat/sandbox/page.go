package sandbox

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed page
var pageFiles embed.FS

// pageSecurity lets the page load what is its own, and be framed and frame (the mini-program) only at its own origin.
const pageSecurity = "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"

// pageRoutes serves the phone page: one HTML file with its style and script.
func (s *Sandbox) pageRoutes(mux *http.ServeMux) {
	for path, name := range map[string]string{
		"/sandbox/{$}": "index.html", "/sandbox/phone.css": "phone.css", "/sandbox/phone.js": "phone.js",
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { servePage(w, r, name) })
	}
	mux.HandleFunc("/sandbox/", http.NotFound)
}

func servePage(w http.ResponseWriter, r *http.Request, name string) {
	raw, err := fs.ReadFile(pageFiles, "page/"+name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	kind := map[string]string{"index.html": "text/html", "phone.css": "text/css", "phone.js": "text/javascript"}[name]
	w.Header().Set("Content-Type", kind+"; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Security-Policy", pageSecurity)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(raw)
}
