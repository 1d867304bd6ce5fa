package handler

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"hongyun/web"
)

// pagePolicy lets a page load from this server alone; nobody else may frame it.
const pagePolicy = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; frame-ancestors 'self'"

// mountPages adds what people open in a browser. It comes last: what no route
// answers is an unknown page.
func (h *Handler) mountPages(app *fiber.App) {
	site := sync.OnceValues(web.Open)
	app.Get("/", servePage(site, "start/index.html", fiber.StatusOK))
	app.Get("/plain", slashed("/plain/", servePage(site, "plain/index.html", fiber.StatusOK)))
	app.Get("/m", slashed("/m/", built(site, "m")))
	app.Get("/m/*", built(site, "m"))
	app.Get("/admin", slashed("/admin/", built(site, "admin")))
	app.Get("/admin/*", built(site, "admin"))
	app.Get("/assets/:version/*", asset(site))
	unknown := servePage(site, "start/404.html", fiber.StatusNotFound)
	app.Use(func(c *fiber.Ctx) error {
		err := c.Next()
		var answer *fiber.Error
		if !errors.As(err, &answer) || answer.Code != fiber.StatusNotFound || strings.HasPrefix(c.Path(), "/api/") {
			return err
		}
		return unknown(c)
	})
}

// slashed leads from an address without its last slash on to the one with it: links of a page are relative.
func slashed(address string, page fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if strings.HasSuffix(c.Path(), "/") {
			return page(c)
		}
		return c.Redirect(address + "?" + string(c.Request().URI().QueryString()))
	}
}

// built answers with a file of a front end's build; without a name, with its page, which is asked for anew each time.
func built(site func() (*web.Site, error), front string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		s, err := site()
		if err != nil {
			return err
		}
		name := c.Params("*")
		body, lasting, err := s.Built(front, name)
		if errors.Is(err, fs.ErrNotExist) {
			return fiber.ErrNotFound
		}
		if err != nil {
			return err
		}
		if name == "" {
			name = ".html"
			c.Set(fiber.HeaderContentSecurityPolicy, pagePolicy)
		}
		return sendFile(c, name, body, lasting)
	}
}

// servePage answers with an HTML page, asked for anew each time: it names the version of its assets.
func servePage(site func() (*web.Site, error), name string, status int) fiber.Handler {
	return func(c *fiber.Ctx) error {
		s, err := site()
		if err != nil {
			return err
		}
		body, err := s.Page(name)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentSecurityPolicy, pagePolicy)
		c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		c.Set(fiber.HeaderCacheControl, "no-cache")
		return c.Status(status).Type("html", "utf-8").Send(body)
	}
}

// asset answers with a style sheet, script or picture, which browsers may keep
// because its address changes with its content.
func asset(site func() (*web.Site, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		s, err := site()
		if err != nil {
			return err
		}
		name := c.Params("*")
		body, lasting, err := s.Asset(c.Params("version"), name)
		if errors.Is(err, fs.ErrNotExist) {
			return fiber.ErrNotFound
		}
		if err != nil {
			return err
		}
		return sendFile(c, name, body, lasting)
	}
}

func sendFile(c *fiber.Ctx, name string, body []byte, lasting bool) error {
	keep := "no-cache"
	if lasting {
		keep = "public, max-age=31536000, immutable"
	}
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderCacheControl, keep)
	return c.Type(path.Ext(name), "utf-8").Send(body)
}
