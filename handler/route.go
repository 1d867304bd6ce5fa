package handler

import (
	"context"
	"reflect"
	"time"

	"github.com/gofiber/fiber/v2"

	"hongyun/service/access"
)

// Route is one line of the route table.
type Route struct {
	Method     string
	Path       string // OpenAPI form: /api/v1/members/{id}
	Title      string // Chinese, for the API document
	Permission access.Permission
	Status     int           // of success
	Time       time.Duration // that an answer may take
	in, out    reflect.Type
	serve      func(c *fiber.Ctx, v access.Viewer) error
}

// empty is the input of a route that takes nothing, and the answer of one that gives nothing (204).
type empty struct{}

// route makes a line of the table from a function that knows no HTTP: who asks
// and what comes in, what goes out or an error.
func route[In, Out any](method, path, title string, p access.Permission, fn func(context.Context, access.Viewer, *In) (Out, error)) Route {
	r := Route{Method: method, Path: path, Title: title, Permission: p, Status: fiber.StatusOK, Time: requestTime,
		in: reflect.TypeFor[In](), out: reflect.TypeFor[Out]()}
	if r.out == reflect.TypeFor[empty]() {
		r.Status = fiber.StatusNoContent
	}
	r.serve = func(c *fiber.Ctx, v access.Viewer) error {
		in := new(In)
		if err := bind(c, in); err != nil {
			return err
		}
		out, err := fn(c.UserContext(), v, in)
		if err != nil {
			return err
		}
		return reply(c, r.Status, out)
	}
	return r
}

// created says that the route makes something new: 201.
func created(r Route) Route {
	status := r.serve
	r.Status = fiber.StatusCreated
	r.serve = func(c *fiber.Ctx, v access.Viewer) error {
		if err := status(c, v); err != nil {
			return err
		}
		c.Status(fiber.StatusCreated)
		return nil
	}
	return r
}

// requestTime is what most answers may take; longTime what work on a whole province may.
const (
	requestTime = 30 * time.Second
	longTime    = 15 * time.Minute
)

// long says that the answer may take its time.
func long(r Route) Route {
	r.Time = longTime
	return r
}

// responder is an answer that writes itself, as a file does.
type responder interface{ respond(c *fiber.Ctx) error }

func reply(c *fiber.Ctx, status int, out any) error {
	if r, ok := out.(responder); ok {
		return r.respond(c)
	}
	if _, ok := out.(empty); ok {
		return c.SendStatus(fiber.StatusNoContent)
	}
	return c.Status(status).JSON(out)
}

// list is an answer that holds everything it counts.
type list[T any] struct {
	Items []T   `json:"items"`
	Total int64 `json:"total"`
}

// items never answers null.
func items[T any](rows []T, err error) (list[T], error) {
	if rows == nil {
		rows = []T{}
	}
	return list[T]{Items: rows, Total: int64(len(rows))}, err
}

// byID is the input of a route about one thing.
type byID struct {
	ID int64 `path:"id" validate:"min=1" label:"编号"`
}
