package handler

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	pngs "image/png"

	"github.com/boombuler/barcode/qr"
	"github.com/gofiber/fiber/v2"

	"hongyun/service/access"
	"hongyun/service/o2o"
)

// What a citizen does with no account. Whoever has a request's number and its code may do here what its citizen may.

type webRequest struct {
	o2o.SubmitInput
	Key string `header:"Idempotency-Key" json:"-" validate:"omitempty,min=16,max=100" label:"Idempotency-Key"` // one key for all who write: it must not be guessed
}

func (h *Handler) submitWebRequest(ctx context.Context, v access.Viewer, in *webRequest) (o2o.Submitted, error) {
	out, err := h.s.O2O.SubmitPublic(ctx, v.IP, in.SubmitInput, in.Key)
	out.URL = absolute(ctx, out.URL)
	return out, err
}

// requestNumber names a request in the path.
type requestNumber struct {
	Number string `path:"number" validate:"required,max=40" label:"编号"`
}

// codeQuery, codeBody and codeForm are where the code stands: with a question, a JSON body, an upload.
type codeQuery struct {
	requestNumber
	Code string `query:"code" validate:"required,text,max=32" label:"查询码"`
}

type codeBody struct {
	requestNumber
	Code string `json:"code" validate:"required,text,max=32" label:"查询码"`
}

type codeForm struct {
	requestNumber
	Code string `formData:"code" validate:"required,text,max=32" label:"查询码"`
	File upload `formData:"file"`
}

func (b requestNumber) pass(v access.Viewer, code string) o2o.Pass {
	return o2o.Pass{Number: b.Number, Code: code, IP: v.IP}
}

func (h *Handler) followRequest(ctx context.Context, v access.Viewer, in *codeQuery) (o2o.Followed, error) {
	return h.s.O2O.Followed(ctx, in.pass(v, in.Code))
}

type publicAddition struct {
	codeBody
	o2o.AddInput
}

func (h *Handler) addByCode(ctx context.Context, v access.Viewer, in *publicAddition) (o2o.Followed, error) {
	return h.s.O2O.AddByCode(ctx, in.pass(v, in.Code), in.AddInput)
}

func (h *Handler) addPhotoByCode(ctx context.Context, v access.Viewer, in *codeForm) (o2o.Followed, error) {
	return h.s.O2O.AddPhotoByCode(ctx, in.pass(v, in.Code), in.File.Name, in.File.Body)
}

func (h *Handler) addVoiceByCode(ctx context.Context, v access.Viewer, in *codeForm) (o2o.Followed, error) {
	return h.s.O2O.AddVoiceByCode(ctx, in.pass(v, in.Code), in.File.Name, in.File.Body)
}

type publicChase struct {
	codeBody
	Note string `json:"note" validate:"max=1000" label:"说明"`
}

func (h *Handler) chaseByCode(ctx context.Context, v access.Viewer, in *publicChase) (o2o.Followed, error) {
	return h.s.O2O.ChaseByCode(ctx, in.pass(v, in.Code), in.Note)
}

func (h *Handler) withdrawByCode(ctx context.Context, v access.Viewer, in *codeBody) (o2o.Followed, error) {
	return h.s.O2O.WithdrawByCode(ctx, in.pass(v, in.Code))
}

type publicRating struct {
	codeBody
	o2o.RateInput
}

func (h *Handler) rateByCode(ctx context.Context, v access.Viewer, in *publicRating) (o2o.Followed, error) {
	return h.s.O2O.RateByCode(ctx, in.pass(v, in.Code), in.RateInput)
}

type publicReopening struct {
	codeBody
	o2o.ReopenInput
}

func (h *Handler) reopenByCode(ctx context.Context, v access.Viewer, in *publicReopening) (o2o.Followed, error) {
	return h.s.O2O.ReopenByCode(ctx, in.pass(v, in.Code), in.ReopenInput)
}

// qrPicture is a picture of an address. Nobody but who asked for it may keep it: the code stands in it.
type qrPicture struct{ png []byte }

func (p qrPicture) respond(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "image/png")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	return c.Send(p.png)
}

func (h *Handler) followPicture(ctx context.Context, v access.Viewer, in *codeQuery) (qrPicture, error) {
	f, err := h.s.O2O.CheckPass(ctx, in.pass(v, in.Code))
	if err != nil {
		return qrPicture{}, err
	}
	png, err := drawQR(absolute(ctx, f.URL))
	return qrPicture{png}, err
}

// Sizes of a QR picture, in pixels and in modules.
const (
	qrModule = 8
	qrQuiet  = 4 // as ISO 18004 asks for, on every side
)

// drawQR draws text as a QR picture with a quiet zone, black on white. Nothing is scaled: every module has the same whole
// number of pixels.
func drawQR(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return nil, err
	}
	n := code.Bounds().Dx()
	side := (n + 2*qrQuiet) * qrModule
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range n {
		for x := range n {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				at := image.Rect(0, 0, qrModule, qrModule).Add(image.Pt((x+qrQuiet)*qrModule, (y+qrQuiet)*qrModule))
				draw.Draw(picture, at, image.Black, image.Point{}, draw.Src)
			}
		}
	}
	var out bytes.Buffer
	err = pngs.Encode(&out, picture)
	return out.Bytes(), err
}

type siteKey struct{}

// absolute is a path of ours as others reach it: under PUBLIC_URL, or else under the address that was called.
func absolute(ctx context.Context, path string) string {
	site, _ := ctx.Value(siteKey{}).(string)
	return site + path
}
