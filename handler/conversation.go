package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/official"
)

type conversationsInput struct {
	official.ConversationFilter
	page
}

func (h *Handler) conversations(ctx context.Context, v access.Viewer, in *conversationsInput) (list[official.Conversation], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Official.Conversations(ctx, v, in.ConversationFilter, offset, limit))
}

type conversationInput struct {
	byID
	page
}

func (h *Handler) conversation(ctx context.Context, v access.Viewer, in *conversationInput) (official.ConversationDetail, error) {
	offset, limit := in.rows(100)
	return h.s.Official.Conversation(ctx, v, in.ID, offset, limit)
}

type conversationAnswer struct {
	byID
	official.AnswerInput
	Key string `header:"Idempotency-Key" json:"-" validate:"max=100" label:"Idempotency-Key"`
}

func (h *Handler) answerConversation(ctx context.Context, v access.Viewer, in *conversationAnswer) (official.Message, error) {
	return h.s.Official.Answer(ctx, v, in.ID, in.AnswerInput, in.Key)
}
