package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/account"
)

func (h *Handler) askDesktop(ctx context.Context, v access.Viewer, _ *empty) (account.DesktopSignIn, error) {
	return h.s.Account.AskDesktop(ctx, v)
}

type desktopCode struct {
	Code string `path:"code" validate:"required,max=40" label:"登录码"`
}

// desktopPicture is the code as the mini-program's scanner reads it.
func (h *Handler) desktopPicture(ctx context.Context, _ access.Viewer, in *desktopCode) (qrPicture, error) {
	code, err := h.s.Account.DesktopCode(ctx, in.Code)
	if err != nil {
		return qrPicture{}, err
	}
	png, err := drawQR("hongyun:desktop:" + code)
	return qrPicture{png}, err
}

type desktopSecret struct {
	desktopCode
	account.DesktopSecret
}

func (h *Handler) desktopSession(ctx context.Context, v access.Viewer, in *desktopSecret) (account.DesktopSession, error) {
	return h.s.Account.DesktopSession(ctx, v, in.Code, in.Secret)
}

func (h *Handler) desktopAsked(ctx context.Context, v access.Viewer, in *desktopCode) (account.DesktopAsked, error) {
	return h.s.Account.DesktopAsked(ctx, v, in.Code)
}

func (h *Handler) confirmDesktop(ctx context.Context, v access.Viewer, in *desktopCode) (account.DesktopAsked, error) {
	return h.s.Account.ConfirmDesktop(ctx, v, in.Code)
}

func (h *Handler) refuseDesktop(ctx context.Context, v access.Viewer, in *desktopCode) (account.DesktopAsked, error) {
	return h.s.Account.RefuseDesktop(ctx, v, in.Code)
}
