package handler

import (
	"context"
	"io"
	"mime"

	"github.com/gofiber/fiber/v2"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// fileReply is the content of an uploaded file.
type fileReply struct {
	file    model.File
	content io.ReadCloser
}

// respond sends what a browser may show and never run. The server closes the content.
func (r fileReply) respond(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, r.file.MIME)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("inline", map[string]string{"filename": r.file.Name}))
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	c.Set(fiber.HeaderCacheControl, "private, max-age=3600")
	return c.SendStream(r.content, int(r.file.Bytes))
}

// file answers with a file that belongs to something that v may see. Which module refers to it, the id does not tell.
func (h *Handler) file(ctx context.Context, v access.Viewer, in *byID) (fileReply, error) {
	for _, maySee := range []func(context.Context, access.Viewer, int64) (bool, error){h.s.Meeting.MaySeeFile, h.s.O2O.MaySeeFile, h.s.Official.MaySeeFile, h.s.Standard.MaySeeFile, h.s.Development.MaySeeFile, h.s.Member.MaySeeFile, h.s.Team.MaySeeFile} {
		if sees, err := maySee(ctx, v, in.ID); err != nil {
			return fileReply{}, err
		} else if sees {
			f, content, err := h.s.Papers.Open(ctx, in.ID)
			return fileReply{f, content}, err
		}
	}
	return fileReply{}, fault.NotFound("文件")
}
