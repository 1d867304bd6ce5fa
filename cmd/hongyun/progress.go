package main

import (
	"os"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far the first start has come, on a terminal alone.
func (a *app) progress() func(done, total int, what string) {
	if info, err := os.Stdout.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(int, int, string) {}
	}
	var bar *progressbar.ProgressBar
	return func(done, total int, what string) {
		if bar == nil {
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(a.out), progressbar.OptionSetWidth(40),
				progressbar.OptionClearOnFinish(), progressbar.OptionShowCount())
		}
		bar.Describe(what)
		if err := bar.Set(done); err != nil {
			a.log.Debug("progress bar", "error", err)
		}
	}
}
