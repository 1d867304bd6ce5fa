// Package filetest makes photos for tests of what keeps files. It judges nothing.
package filetest

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

// PNG is a small photo of its own for each n.
func PNG(n int) []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, dots(n)) // a buffer takes everything
	return b.Bytes()
}

// JPEG is a small photo of its own for each n.
func JPEG(n int) []byte {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, dots(n), nil)
	return b.Bytes()
}

// dots writes n in black and white blocks, which JPEG keeps apart too.
func dots(n int) image.Image {
	const side = 8
	m := image.NewGray(image.Rect(0, 0, side*16, side))
	for x := range m.Rect.Dx() {
		for y := range side {
			if n>>(x/side)&1 == 1 {
				m.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return m
}
