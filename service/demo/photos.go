package demo

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"

	"hongyun/service/file"
)

// makePhotos stores the two photos that the whole county shares: a flag over hills, by day and at dusk.
func (b *builder) makePhotos(ctx context.Context) error {
	files := file.New(b.o.DB, b.o.DataDir)
	for _, p := range []struct {
		name string
		sky  color.RGBA
		id   *int64
	}{{"主题党日.png", color.RGBA{222, 236, 247, 255}, &b.photo}, {"活动场所.png", color.RGBA{247, 226, 204, 255}, &b.second}} {
		body, err := drawn(p.sky)
		if err != nil {
			return err
		}
		f, err := files.SavePhoto(ctx, 0, p.name, body)
		if err != nil {
			return err
		}
		*p.id = f.ID
	}
	return nil
}

// drawn is a flag over hills under a sky.
func drawn(sky color.RGBA) ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, 480, 320))
	for y := range 320 {
		for x := range 480 {
			c := sky
			switch {
			case y > 230+(x-240)*(x-240)/1500:
				c = color.RGBA{106, 153, 78, 255}
			case x > 150 && x < 330 && y > 60 && y < 180:
				c = color.RGBA{200, 16, 46, 255}
			case x > 142 && x <= 150 && y > 50 && y < 280:
				c = color.RGBA{110, 84, 60, 255}
			}
			img.Set(x, y, c)
		}
	}
	var buf bytes.Buffer
	err := png.Encode(&buf, img)
	return buf.Bytes(), err
}
